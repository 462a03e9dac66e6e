package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.result.Output;
import java.util.EnumSet;
import java.util.Random;
import org.apache.spark.SparkConf;
import org.apache.spark.serializer.JavaSerializer;
import org.apache.spark.serializer.KryoSerializer;
import org.apache.spark.serializer.Serializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** A broadcast goes through whichever serializer the cluster is set up with. */
class SharedNetworkTest {
    @ParameterizedTest
    @ValueSource(strings = {"java", "kryo"})
    void comesBackFromEitherSerializer(String name) {
        RnnModel model = new RandomNetwork(Cell.RNN_RELU, 3, 5, 2, 2, true).model(new Random(1));
        Head head = RandomHead.head(new Random(1), 10, Precision.FLOAT32);
        SharedNetwork network = new SharedNetwork(
                new RecurrentComputation(model, head, EnumSet.of(Output.SCORE), null),
                Precision.FLOAT32,
                KernelChoice.AUTO);
        SparkConf conf = new SparkConf(false);
        Serializer serializer = name.equals("kryo") ? new KryoSerializer(conf) : new JavaSerializer(conf);
        var instance = serializer.newInstance();
        ClassTag<SharedNetwork> tag = ClassTag$.MODULE$.apply(SharedNetwork.class);
        SharedNetwork copy = instance.deserialize(instance.serialize(network, tag), tag);
        assertThat(copy.computation()).isInstanceOf(RecurrentComputation.class);
        RecurrentComputation read = (RecurrentComputation) copy.computation();
        assertThat(read.head()).hasToString(head.toString());
        assertThat(read.model()).hasToString(model.toString());
        assertThat(read.model().layers().get(1).directions().get(0).weightIh().toFloats())
                .isEqualTo(model.layers().get(1).directions().get(0).weightIh().toFloats());
        assertThat(copy.engines().engine().precision()).isEqualTo(Precision.FLOAT32);
    }
}
