package io.sparkrnn.job.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.spark.LocalSpark;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.RepeatedTest;

/** A failed job's other tasks are waited for. */
class RunningTasksTest {
    private static final AtomicInteger ENDED = new AtomicInteger();

    /** Taken by the task that fails, given by the one that goes on: one that has not begun is never begun. */
    private static final Semaphore BEGUN = new Semaphore(0);

    // Several times, for events come sooner or later.
    @RepeatedTest(5)
    void whatIsToldToEndIsWaitedForUntilItDoes() {
        ENDED.set(0);
        BEGUN.drainPermits();
        SparkContext context = LocalSpark.session().sparkContext();
        var parts = JavaSparkContext.fromSparkContext(context).parallelize(List.of(0, 1), 2);
        try (RunningTasks tasks = RunningTasks.of(context)) {
            assertThatThrownBy(() -> parts.foreach(RunningTasksTest::failOrGoOn))
                    .isInstanceOf(SparkException.class);
            assertThat(ENDED).hasValue(0);
            tasks.awaitEnd();
            assertThat(ENDED).hasValue(1);
        }
    }

    private static void failOrGoOn(int part) {
        if (part == 1) {
            BEGUN.acquireUninterruptibly();
            throw new IllegalStateException("a task that fails at once");
        }
        BEGUN.release();
        long end = System.nanoTime() + 1_000_000_000L;
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(1_000_000);
        }
        ENDED.incrementAndGet();
    }
}
