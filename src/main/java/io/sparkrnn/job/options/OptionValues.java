package io.sparkrnn.job.options;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A configuration file as the defaults of the command line: each key is an option's name without the dashes. HOCON, see
 * <a href="https://github.com/lightbend/config/blob/main/HOCON.md">its description</a>.
 */
public final class OptionValues implements IDefaultValueProvider {
    private final Map<String, String> values;

    private OptionValues(Map<String, String> values) {
        this.values = values;
    }

    /**
     * The values in a file's text.
     *
     * @param file what messages call the file
     * @param known the names of all options, of whichever command: one file can serve several
     */
    public static OptionValues parse(String text, String file, Collection<String> known) {
        Config config;
        try {
            config = ConfigFactory.parseString(
                            text, ConfigParseOptions.defaults().setOriginDescription(file))
                    .resolve();
        } catch (ConfigException.UnresolvedSubstitution e) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--config: " + e.getMessage() + "; ${NAME} stands for a key of the file or an environment variable"
                            + " (submit.sh sets SPARK_RNN_HOME)",
                    e);
        } catch (ConfigException e) {
            throw new JobException(ExitCode.USAGE, "--config: " + e.getMessage(), e);
        }
        SortedMap<String, String> values = new TreeMap<>();
        for (Map.Entry<String, ConfigValue> entry : config.root().entrySet()) {
            String key = entry.getKey();
            if (!known.contains(key)) {
                throw unknown(key, entry.getValue().origin().description(), known);
            }
            String value = text(key, entry.getValue());
            if (value != null) {
                values.put(key, value);
            }
        }
        return new OptionValues(values);
    }

    private static JobException unknown(String key, String where, Collection<String> known) {
        String nearest = nearest(key, known);
        String advice = key.equals("spark") || key.startsWith("spark.")
                ? "Spark's settings go to spark-submit (--conf spark...=...) or into its spark-defaults.conf"
                : (nearest == null ? "" : "did you mean " + nearest + "? ")
                        + "(--help lists the options; each is also a key)";
        return new JobException(ExitCode.USAGE, "--config: " + where + ": unknown key '" + key + "'; " + advice);
    }

    /** As the command line would have it; null for a null, which is as if the key were not there. */
    private static @Nullable String text(String key, ConfigValue value) {
        if (value instanceof ConfigObject object) {
            if (!key.endsWith("-option")) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--config: " + value.origin().description() + ": key '" + key + "' has keys below it: "
                                + object.keySet() + "; expected a value, or a list of values");
            }
            // HOCON makes a tree of the dots in a key; Spark's options are flat.
            return object.toConfig().entrySet().stream()
                    .map(leaf -> String.join(".", ConfigUtil.splitPath(leaf.getKey())) + "="
                            + leaf.getValue().unwrapped())
                    .sorted()
                    .collect(Collectors.joining(","));
        }
        Object plain = value.unwrapped();
        if (plain instanceof Collection<?> list) {
            return list.stream().map(String::valueOf).collect(Collectors.joining(","));
        }
        return plain == null ? null : String.valueOf(plain);
    }

    /** The name that takes the fewest changes to get to; null when more than half of it would have to change. */
    public static @Nullable String nearest(String name, Collection<String> known) {
        String nearest = null;
        int fewest = name.length() / 2 + 1;
        for (String candidate : known) {
            int changes = LevenshteinDistance.getDefaultInstance().apply(name, candidate);
            if (changes < fewest) {
                fewest = changes;
                nearest = candidate;
            }
        }
        return nearest;
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        return argument instanceof OptionSpec option ? values.get(key(option)) : null;
    }

    /** An option's key: its long name without the dashes. */
    static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--", "");
    }

    /** The options of a command that can stand in a file. */
    public static Collection<String> keys(CommandLine command) {
        return command.getCommandSpec().options().stream()
                .filter(option -> !option.usageHelp() && !option.versionHelp())
                .map(OptionValues::key)
                .filter(key -> !key.equals("config"))
                .toList();
    }
}
