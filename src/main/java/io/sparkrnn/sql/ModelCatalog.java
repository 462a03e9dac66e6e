package io.sparkrnn.sql;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.job.message.JobException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.catalyst.analysis.NoSuchNamespaceException;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * Networks as functions of SQL. A session has it under a name of its user's by its configuration, and under that a function
 * for each model:
 *
 * <pre>
 *   spark.sql.catalog.rnn                  io.sparkrnn.sql.ModelCatalog
 *   spark.sql.catalog.rnn.weather.model    /models/weather.pt
 *   spark.sql.catalog.rnn.weather.outputs  h_n
 *
 *   SELECT id, rnn.weather(features).h_n FROM sequences
 * </pre>
 *
 * The options behind a function's name are those of {@code score} that are of the network. A model that has none is called by
 * its path: {@code rnn.`/models/weather.pt`(features)}. The arguments are the features, or of a whole network its inputs in their
 * order; the result is a struct of the outputs, null where an argument is null. A row that the network cannot be run over fails
 * the query, and is null by {@code rnn.try_weather(features)}.
 *
 * <p>A model is read when a query first names it, and again when its file has changed.
 */
public final class ModelCatalog implements FunctionCatalog {
    private static final String TRY = "try_";
    private static final String MODEL = "model";

    private String name = "";

    /** By the names of functions, in small letters, what is said of each. */
    private final Map<String, Map<String, String>> said = new TreeMap<>();

    private final Map<String, LoadedModel> loaded = new HashMap<>();

    /** For Spark, which makes one of each session by its configuration. */
    public ModelCatalog() {}

    @Override
    public void initialize(String catalog, CaseInsensitiveStringMap options) {
        name = catalog;
        options.asCaseSensitiveMap().forEach((key, value) -> {
            int dot = key.lastIndexOf('.');
            if (dot > 0) {
                said.computeIfAbsent(key.substring(0, dot).toLowerCase(Locale.ROOT), function -> new TreeMap<>())
                        .put(key.substring(dot + 1).toLowerCase(Locale.ROOT), value);
            }
        });
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Identifier[] listFunctions(String[] namespace) throws NoSuchNamespaceException {
        if (namespace.length > 0) {
            throw new NoSuchNamespaceException(namespace);
        }
        return said.keySet().stream()
                .map(function -> Identifier.of(namespace, function))
                .toArray(Identifier[]::new);
    }

    @Override
    public UnboundFunction loadFunction(Identifier function) throws NoSuchFunctionException {
        String called = function.name();
        if (function.namespace().length > 0) {
            throw new NoSuchFunctionException(function);
        }
        String whole = called.toLowerCase(Locale.ROOT);
        boolean tries = whole.startsWith(TRY) && !said.containsKey(whole);
        String base = tries ? called.substring(TRY.length()) : called;
        String key = base.toLowerCase(Locale.ROOT);
        Map<String, String> options = said.get(key);
        if (options == null) {
            if (!isPath(base)) {
                throw new NoSuchFunctionException(function);
            }
            key = base;
            options = Map.of(MODEL, base);
        }
        try {
            return new NetworkFunction(
                    called, model(key, base, options), tries ? BoundNetwork.OnBad.NULL : BoundNetwork.OnBad.FAIL);
        } catch (JobException | ModelException e) {
            throw new IllegalArgumentException(name + "." + called + ": " + e.getMessage(), e);
        }
    }

    /** Whether it is of a file, and not the name of a function that nobody said. */
    private static boolean isPath(String text) {
        return text.indexOf('/') >= 0 || text.indexOf('.') > 0;
    }

    private synchronized LoadedModel model(String key, String function, Map<String, String> options) {
        LoadedModel known = loaded.get(key);
        if (known != null && known.isCurrent()) {
            return known;
        }
        String place = "spark.sql.catalog." + name + "." + function;
        LoadedModel read = LoadedModel.read(name + "." + function, FunctionArguments.of(options, place), place);
        loaded.put(key, read);
        return read;
    }
}
