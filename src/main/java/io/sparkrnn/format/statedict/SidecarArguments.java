package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments and options of a word of a sidecar's network, each checked: what is written wrongly is said with its place.
 */
final class SidecarArguments {
    private final SidecarGraph graph;

    SidecarArguments(SidecarGraph graph) {
        this.graph = graph;
    }

    /** That a word is not written as it has to be. */
    ModelException wrong(String place, SidecarWords word) {
        return graph.problem(place, "\"" + word + "\" is written " + word.example());
    }

    String text(String place, SidecarWords word, @Nullable Object argument) {
        if (!(argument instanceof String text)) {
            throw wrong(place, word);
        }
        return text;
    }

    double real(String place, SidecarWords word, @Nullable Object argument) {
        if (!(argument instanceof Double number) || !Double.isFinite(number)) {
            throw wrong(place, word);
        }
        return number;
    }

    /** What it takes, of a word that has no argument. */
    Value none(String place, SidecarWords word, @Nullable Object argument, Value x) {
        if (argument != null) {
            throw wrong(place, word);
        }
        return x;
    }

    int whole(String place, Map<String, Object> step, String key, int absent, int least, int most) {
        Object said = step.containsKey(key) ? step.get(key) : Double.valueOf(absent);
        if (!(said instanceof Double number) || number != Math.rint(number) || number < least || number > most) {
            throw graph.problem(
                    place, "\"" + key + "\" is " + said + "; expected a whole number of " + least + " to " + most);
        }
        return number.intValue();
    }

    boolean truth(String place, Map<String, Object> step, String key, Boolean absent) {
        Object said = step.getOrDefault(key, absent);
        if (!(said instanceof Boolean truth)) {
            throw graph.problem(place, "\"" + key + "\" is " + said + "; expected true or false");
        }
        return truth;
    }

    double epsilon(String place, Map<String, Object> step) {
        Object said = step.getOrDefault("eps", 1e-5);
        if (!(said instanceof Double number) || !(number >= 0) || number.isInfinite()) {
            throw graph.problem(place, "\"eps\" is " + said + "; expected a number such as 1e-5");
        }
        return number;
    }

    /** The value, of a word that goes over the steps. */
    Value steps(String place, SidecarWords word, Value x) {
        if (x.per() != Per.STEP) {
            throw graph.problem(
                    place,
                    "\"" + word
                            + "\" goes over the steps, but what stands before it is of the row; expected a value of each"
                            + " step (\"repeat\" makes one)");
        }
        return x;
    }
}
