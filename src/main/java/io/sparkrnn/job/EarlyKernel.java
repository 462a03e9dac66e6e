package io.sparkrnn.job;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.model.Precision;
import org.apache.spark.SparkConf;

/**
 * Has the kernel compiled while Spark starts, which leaves a core free for seconds: the first batch then meets code that is
 * ready. Only where tasks run in this process; an executor begins with its first task.
 */
final class EarlyKernel {
    private static final System.Logger LOG = System.getLogger(EarlyKernel.class.getName());

    private EarlyKernel() {}

    /** Begins, in a thread of its own, and returns at once. */
    static void begin(Network network, Precision precision, KernelChoice kernel) {
        if (precision != Precision.FLOAT32 || !JobSession.runsHere(new SparkConf())) {
            return;
        }
        Thread thread = new Thread(() -> make(network, precision, kernel), "spark-rnn-early-kernel");
        thread.setDaemon(true);
        thread.start();
    }

    /** Code is compiled for the whole JVM, so that the engines of the tasks find it; those made here are not used. */
    private static void make(Network network, Precision precision, KernelChoice kernel) {
        try {
            Graph graph = network.graph();
            if (graph == null) {
                EngineFactory.of(network.model(), precision, kernel);
            } else {
                GraphEngines.of(graph, precision, kernel);
            }
        } catch (RuntimeException | Error e) {
            // who makes them to use them meets the same, and tells of it
            LOG.log(System.Logger.Level.DEBUG, "no kernel was made early", e);
        }
    }
}
