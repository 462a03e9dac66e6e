package io.sparkrnn.forward;

import java.lang.reflect.Method;
import java.util.List;

/**
 * Vectors by one operator until C2 has compiled the JDK's methods for it, then by the next. C2 bets on what it has seen alone, and
 * counts each bet that it loses. By reflection, since tests are compiled without the module.
 */
final class OneOperatorAtATime {
    private static final List<String> OPERATORS = List.of("MUL", "ADD", "SUB", "DIV", "MIN", "MAX");
    /** Over again, since C2 bets a second time. */
    private static final int ROUNDS = 4;

    private static final int TIMES = 60_000;

    private OneOperatorAtATime() {}

    /** In vectors of the width that the kernel takes. */
    static void run() throws ReflectiveOperationException {
        Class<?> vectors = type("FloatVector");
        Object preferred = vectors.getField("SPECIES_PREFERRED").get(null);
        int length = (int) type("VectorSpecies").getMethod("length").invoke(preferred);
        Object species = length > 16 ? vectors.getField("SPECIES_512").get(null) : preferred;
        Object vector = vectors.getMethod("zero", type("VectorSpecies")).invoke(null, species);
        Method lanewise = vectors.getMethod("lanewise", type("VectorOperators$Binary"), type("Vector"));
        for (int round = 0; round < ROUNDS; round++) {
            for (String name : OPERATORS) {
                Object operator = type("VectorOperators").getField(name).get(null);
                for (int i = 0; i < TIMES; i++) {
                    lanewise.invoke(vector, operator, vector);
                }
            }
        }
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName("jdk.incubator.vector." + name);
    }
}
