package io.sparkrnn.ml;

import java.io.Serializable;
import java.util.List;
import scala.Function1;

/**
 * What a Param may be, checked as it is set. Spark's own checks say that a value is invalid and not what would do; so these throw,
 * and never answer no.
 */
final class ParamChecks {
    private ParamChecks() {}

    /** A check that goes where its Param goes. */
    private interface Check<T> extends Function1<T, Object>, Serializable {}

    /** One of some words. */
    static Function1<String, Object> oneOf(String param, List<String> words) {
        Check<String> check = value -> {
            if (!words.contains(value)) {
                throw new IllegalArgumentException(
                        param + ": expected one of " + String.join(", ", words) + " but was '" + value + "'");
            }
            return true;
        };
        return check;
    }

    /** A number of 1 or more. */
    static Function1<Object, Object> positive(String param) {
        Check<Object> check = value -> {
            if (((Number) value).longValue() < 1) {
                throw new IllegalArgumentException(param + ": expected 1 or more but was " + value);
            }
            return true;
        };
        return check;
    }

    /** Names, which are told apart by commas where they are read. */
    static Function1<String[], Object> names(String param) {
        Check<String[]> check = value -> {
            for (String name : value) {
                if (name.indexOf(',') >= 0) {
                    throw new IllegalArgumentException(
                            param + ": '" + name + "' has a comma, which stands between names; name each by itself, and"
                                    + " rename what has one in its name");
                }
            }
            return true;
        };
        return check;
    }

    /** Names with what each stands for: {@code name=value}. */
    static Function1<String[], Object> pairs(String param) {
        Function1<String[], Object> named = names(param);
        Check<String[]> check = value -> {
            for (String pair : value) {
                if (pair.indexOf('=') < 1) {
                    throw new IllegalArgumentException(
                            param + ": '" + pair + "' says nothing of a name; expected name=value");
                }
            }
            return named.apply(value);
        };
        return check;
    }
}
