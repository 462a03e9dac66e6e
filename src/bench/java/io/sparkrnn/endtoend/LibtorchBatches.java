package io.sparkrnn.endtoend;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.sparkrnn.peers.Libtorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** With libtorch: DJL's model and predictor, a model a task, which works on the task's thread. */
final class LibtorchBatches extends PaddedBatches {
    private static final long serialVersionUID = 1;

    private final String file;

    LibtorchBatches(DataSet data, String file) {
        super(data);
        this.file = file;
    }

    @Override
    Session open() {
        Libtorch.start();
        Criteria<NDList, NDList> criteria = Criteria.builder()
                .setTypes(NDList.class, NDList.class)
                .optEngine("PyTorch")
                .optDevice(Device.cpu())
                .optModelPath(Path.of(file))
                .optTranslator(new NoopTranslator())
                .build();
        ZooModel<NDList, NDList> model;
        try {
            model = criteria.loadModel();
        } catch (IOException | ModelNotFoundException | MalformedModelException e) {
            throw new IllegalStateException(e);
        }
        Predictor<NDList, NDList> predictor = model.newPredictor();
        return new Session() {
            @Override
            public States run(float[] x, int[] lengths, int steps) {
                try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
                    NDList inputs = new NDList(manager.create(x, new Shape(lengths.length, steps, inputSize)));
                    if (ragged) {
                        inputs.add(manager.create(
                                Arrays.stream(lengths).asLongStream().toArray()));
                    }
                    NDList result = predictor.predict(inputs);
                    result.attach(manager);
                    return new States(
                            wantsHiddenStates() ? result.get(0).toFloatArray() : new float[0],
                            result.get(1).toFloatArray());
                } catch (TranslateException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void close() {
                predictor.close();
                model.close();
            }
        };
    }
}
