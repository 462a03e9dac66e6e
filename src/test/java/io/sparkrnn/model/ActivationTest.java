package io.sparkrnn.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {
    @ParameterizedTest
    @EnumSource
    void isFoundByItsName(Activation.Kind kind) {
        assertThat(Activation.named(kind.toString())).contains(kind.defaults());
        assertThat(Activation.named(kind.name().replace("_", ""))).contains(kind.defaults());
    }

    @ParameterizedTest
    @CsvSource({
        "HardSigmoid, HARD_SIGMOID",
        "leaky_relu, LEAKY_RELU",
        "swish, SILU",
        "linear, AFFINE",
        "Exp, EXPONENTIAL"
    })
    void isFoundAsFrameworksWriteIt(String name, Activation.Kind kind) {
        assertThat(Activation.named(name)).contains(kind.defaults());
    }

    @Test
    void anotherNameIsNone() {
        assertThat(Activation.named("gelu")).isEmpty();
        assertThat(Activation.named("")).isEmpty();
    }

    @Test
    void isWrittenWithTheParametersItHas() {
        assertThat(Activation.TANH).hasToString("tanh");
        assertThat(Activation.Kind.ELU.defaults()).hasToString("elu(1.0)");
        assertThat(Activation.Kind.HARD_SIGMOID.defaults()).hasToString("hard_sigmoid(0.2, 0.5)");
    }

    @ParameterizedTest
    @EnumSource
    void doesNotDependOnParametersItDoesNotHave(Activation.Kind kind) {
        Activation own = kind.defaults();
        Activation other =
                new Activation(kind, kind.parameters() > 0 ? own.alpha() : 7, kind.parameters() > 1 ? own.beta() : 7);
        for (double x : new double[] {-2, -0.5, 0, 0.25, 3}) {
            assertThat(other.apply(x)).isEqualTo(own.apply(x));
        }
    }
}
