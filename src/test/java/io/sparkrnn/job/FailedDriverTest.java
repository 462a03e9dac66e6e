package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A driver in YARN's cluster mode, which must not exit by itself. */
class FailedDriverTest {
    private static final Map<String, String> OF_YARN =
            Map.of("spark.master", "yarn", "spark.submit.deployMode", "cluster");

    @AfterEach
    void clear() {
        OF_YARN.keySet().forEach(System::clearProperty);
    }

    @Test
    void whatWentWrongIsThrownAsYarnTellsItToThoseWhoSubmitted() {
        OF_YARN.forEach(System::setProperty);
        assertThatThrownBy(() -> SparkRnn.main(new String[] {"inspect", "--model", "/no/such/model.pt"}))
                .isInstanceOf(FailedDriverException.class)
                .hasMessageStartingWith("ended with code 4. spark-rnn: --model: there is no file ")
                .hasMessageContaining("/no/such/model.pt");
        assertThatThrownBy(() -> SparkRnn.main(new String[] {"score", "--no-such-option"}))
                .hasMessageStartingWith("ended with code 2. spark-rnn: ");
    }
}
