package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.NetworkSource;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensors;
import java.nio.file.Path;

/**
 * The ONNX format (<a href="https://github.com/onnx/onnx/blob/main/docs/IR.md">its description</a>): a graph of operators
 * and its constant tensors, as one message of protocol buffers. The graph is not run; its recurrent nodes are looked up,
 * and what is around them is followed as far as it only moves numbers.
 *
 * @param tensors the graph's initializers that are numbers
 * @param description for people: {@code ONNX (opset 14, pytorch 1.13.0)}
 */
public record Onnx(Tensors tensors, NetworkSource networks, String description) {
    /** Versions before it have other attributes. */
    private static final int OLDEST = 7;

    private static final int LONGEST_PRODUCER = 60;

    /**
     * Opens a file.
     *
     * @param name what messages call it
     * @param companions the files beside it, which may have its tensors
     */
    public static Onnx read(Path file, String name, Companions companions) {
        OnnxGraph.Model model = OnnxFunctions.inlined(name, OnnxParser.parse(file, name));
        if (model.opset() < OLDEST) {
            throw new ModelException(
                    name,
                    (model.opset() < 1
                                    ? "the file does not say which opset the graph is of: was it cut off? Read are "
                                    : "the graph is of opset " + model.opset() + "; read are ")
                            + OLDEST
                            + " and later. Convert it with onnx.version_converter.convert_version(model, 13)");
        }
        OnnxFiles files = new OnnxFiles(name, OnnxTensor.size(file, name), companions);
        OnnxTrace trace = OnnxTrace.of(name, new OnnxOperators(files), model.graph());
        Tensors.Builder tensors = Tensors.builder(name);
        model.graph().initializers().forEach((tensorName, tensor) -> {
            DType dtype = tensor.dtype();
            if (dtype != null) {
                tensors.add(
                        tensorName,
                        dtype,
                        tensor.shape(),
                        () -> tensor.load(files).tensor());
            }
        });
        return new Onnx(tensors.build(), new OnnxNetworks(name, model, trace, files), description(model));
    }

    private static String description(OnnxGraph.Model model) {
        String producer = (model.producer() + " " + model.producerVersion()).strip();
        if (producer.length() > LONGEST_PRODUCER) {
            producer = producer.substring(0, LONGEST_PRODUCER) + "...";
        }
        return "ONNX (opset " + model.opset()
                + (producer.isEmpty() ? "" : ", " + producer.replaceAll("\\p{Cntrl}", "?")) + ")";
    }
}
