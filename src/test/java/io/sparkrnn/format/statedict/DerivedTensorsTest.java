package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import org.junit.jupiter.api.Test;

/** Weights that a file has as what they are computed from. */
class DerivedTensorsTest {
    private final Tensors.Builder file = Tensors.builder("f.pt");

    private DerivedTensorsTest add(String name, Shape shape, double... values) {
        file.add(name, io.sparkrnn.tensor.DType.FLOAT64, shape, () -> Tensor.ofDoubles(shape, values));
        return this;
    }

    private Tensors read() {
        return DerivedTensors.of("f.pt", file.build()).tensors();
    }

    @Test
    void weightNormalisationHasLengthsAndDirections() {
        add("fc.weight_g", Shape.of(2, 1), 10, 26).add("fc.weight_v", Shape.of(2, 2), 3, 4, 5, -12);
        add("a.parametrizations.w.original0", Shape.of(1, 2), 10, 26);
        add("a.parametrizations.w.original1", Shape.of(2, 2), 3, 5, 4, -12);
        add("one_g", Shape.of(), 10).add("one_v", Shape.of(2), 3, 4);
        Tensors read = read();
        assertThat(read.names()).containsExactly("fc.weight", "a.w", "one");
        assertThat(read.get("fc.weight").toDoubles()).containsExactly(6, 8, 10, -24);
        assertThat(read.get("a.w").toDoubles()).as("lengths of columns").containsExactly(6, 10, 8, -24);
        assertThat(read.get("one").toDoubles()).as("the length of all").containsExactly(6, 8);
        assertThat(DerivedTensors.of("f.pt", file.build()).notes().get("fc.weight"))
                .isEqualTo("fc.weight is computed from fc.weight_g and fc.weight_v (weight normalisation)");
    }

    @Test
    void spectralNormalisationIsDividedByTheLargestSingularValue() {
        double[] u = {0.6, 0.8};
        double[] v = {1, 0};
        double sigma = 0.6 * 3 + 0.8 * 1;
        for (String[] names : new String[][] {
            {"x.w_orig", "x.w_u", "x.w_v"},
            {"y.parametrizations.w.original", "y.parametrizations.w.0._u", "y.parametrizations.w.0._v"}
        }) {
            add(names[0], Shape.of(2, 2), 3, 2, 1, 5)
                    .add(names[1], Shape.of(2), u)
                    .add(names[2], Shape.of(2), v);
        }
        Tensors read = read();
        assertThat(read.names()).containsExactly("x.w", "y.w");
        for (String name : read.names()) {
            assertThat(read.get(name).toDoubles())
                    .containsExactly(new double[] {3 / sigma, 2 / sigma, 1 / sigma, 5 / sigma}, within(1e-15));
        }
    }

    @Test
    void weightDropsCopyIsNotTaken() {
        add("0.weight_hh_l0_raw", Shape.of(1, 1), 7).add("0.module.weight_ih_l0", Shape.of(1, 1), 1);
        add("0.module.weight_hh_l0", Shape.of(1, 1), 14);
        add("1.weight_hh_l0_raw", Shape.of(1, 1), 8).add("1.weight_hh_l0", Shape.of(1, 1), 0);
        add("2.weight_hh_l0_raw", Shape.of(1, 1), 9).add("2.module.weight_ih_l0", Shape.of(1, 1), 1);
        Tensors read = read();
        assertThat(read.names())
                .containsExactly(
                        "0.module.weight_ih_l0",
                        "0.module.weight_hh_l0",
                        "1.weight_hh_l0",
                        "2.module.weight_ih_l0",
                        "2.module.weight_hh_l0");
        assertThat(read.get("0.module.weight_hh_l0").toDoubles()).containsExactly(7);
        assertThat(read.get("1.weight_hh_l0").toDoubles()).containsExactly(8);
        assertThat(read.get("2.module.weight_hh_l0").toDoubles()).containsExactly(9);
    }

    @Test
    void allElseIsAsItIs() {
        add("a_g", Shape.of(3), 1, 2, 3).add("a_v", Shape.of(2), 1, 2);
        add("b_orig", Shape.of(2, 2), 1, 2, 3, 4)
                .add("b_u", Shape.of(3), 1, 2, 3)
                .add("b_v", Shape.of(2), 1, 2);
        add("c_g", Shape.of(1), 1).add("d_raw", Shape.of(1), 1);
        add("e", Shape.of(1), 1).add("e_g", Shape.of(1), 1).add("e_v", Shape.of(1), 1);
        Tensors tensors = file.build();
        assertThat(DerivedTensors.of("f.pt", tensors).tensors()).isSameAs(tensors);
    }
}
