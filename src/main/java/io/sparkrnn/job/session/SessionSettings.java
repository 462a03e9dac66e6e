package io.sparkrnn.job.session;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Settings of a session that are others for a moment: what Spark's writers of tables ask the session, and no option. */
public final class SessionSettings {
    private SessionSettings() {}

    /** What is done meanwhile. */
    public interface Step {
        void run() throws Exception;
    }

    /** Does something under those settings; the session, which may be a notebook's, then has its own again. */
    public static void with(SparkSession session, Map<String, String> settings, Step step) throws Exception {
        under(session, settings, () -> {
            step.run();
            return settings;
        });
    }

    /** The same, of what gives something. */
    public static <T> T under(SparkSession session, Map<String, String> settings, Callable<T> step) throws Exception {
        Map<String, @Nullable String> before = new HashMap<>();
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            scala.Option<String> now = session.conf().getOption(setting.getKey());
            before.put(setting.getKey(), now.isEmpty() ? null : now.get());
            session.conf().set(setting.getKey(), setting.getValue());
        }
        try {
            return step.call();
        } finally {
            before.forEach((key, value) -> {
                if (value == null) {
                    session.conf().unset(key);
                } else {
                    session.conf().set(key, value);
                }
            });
        }
    }
}
