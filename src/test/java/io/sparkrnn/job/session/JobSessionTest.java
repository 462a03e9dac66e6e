package io.sparkrnn.job.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.SparkRnn;
import org.junit.jupiter.api.Test;

class JobSessionTest {
    @Test
    void theMainClassIsTheOneThatSparkSubmitRuns() {
        assertThat(JobSession.MAIN_CLASS).isEqualTo(SparkRnn.class.getName());
    }
}
