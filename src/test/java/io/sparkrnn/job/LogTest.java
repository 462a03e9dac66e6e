package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationFactory;
import org.apache.logging.log4j.core.impl.Log4jLogEvent;
import org.apache.logging.log4j.message.SimpleMessage;
import org.junit.jupiter.api.Test;

/** What {@code conf/log4j2.properties} makes of a line of the log. */
class LogTest {
    private static String line(String appender, String message) {
        Configuration configuration = ConfigurationFactory.getInstance()
                .getConfiguration(
                        new LoggerContext("test"),
                        "test",
                        Path.of("conf/log4j2.properties").toUri());
        configuration.initialize();
        return configuration
                .getAppender(appender)
                .getLayout()
                .toSerializable(Log4jLogEvent.newBuilder()
                        .setLoggerName("org.apache.spark.Some")
                        .setLevel(Level.WARN)
                        .setMessage(new SimpleMessage(message))
                        .setThrown(new IllegalStateException("of s3a://key:hunter2@bucket"))
                        .build())
                .toString();
    }

    @Test
    void aFailedTaskIsALineWithoutItsTrace() {
        assertThat(line("brief", "Lost task 0.0: it failed\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)"))
                .isEqualToNormalizingNewlines("WARN Some: Lost task 0.0: it failed\n");
    }

    @Test
    void anotherErrorHasItsTrace() {
        assertThat(line("stderr", "it failed"))
                .startsWith("WARN Some: it failed")
                .contains("java.lang.IllegalStateException: of s3a://key:*****@bucket", "\tat io.sparkrnn.job.LogTest");
    }

    @Test
    void noPasswordOfAnAddressIsLogged() {
        for (String appender : new String[] {"brief", "stderr"}) {
            assertThat(line(appender, "cannot read s3a://key:hunter2@bucket/a"))
                    .contains("cannot read s3a://key:*****@bucket/a")
                    .doesNotContain("hunter2");
        }
    }
}
