package io.sparkrnn.format.onnx;

import com.google.protobuf.CodedInputStream;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Input;
import io.sparkrnn.format.onnx.OnnxGraph.Model;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * ONNX's messages, by the field numbers of
 * <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>. The elements of tensors are passed over;
 * only where they are is kept.
 */
public final class OnnxParser {
    private static final int MOST_DIMENSIONS = 16;

    /** The highest number of a field of a model. */
    private static final int LAST_FIELD = 26;

    private final Path path;
    private final String file;
    private final OnnxWire wire;

    private OnnxParser(Path path, String file, OnnxWire wire) {
        this.path = path;
        this.file = file;
        this.wire = wire;
    }

    /**
     * The model in a file.
     *
     * @param file what messages call it
     */
    static Model parse(Path path, String file) {
        try (InputStream in = Files.newInputStream(path)) {
            long length = Files.size(path);
            if (length > Integer.MAX_VALUE - 8) {
                throw new ModelException(
                        file,
                        "the ONNX file is " + length + " bytes, more than the 2 GiB that its format can have: weights"
                                + " beyond that are kept in files beside it (external data)");
            }
            CodedInputStream coded = CodedInputStream.newInstance(in);
            coded.setSizeLimit(Integer.MAX_VALUE);
            OnnxWire wire = new OnnxWire(coded, file);
            try {
                return new OnnxParser(path, file, wire).model((int) length);
            } catch (com.google.protobuf.InvalidProtocolBufferException e) {
                throw new ModelException(
                        file,
                        "the ONNX file is cut off or damaged at byte " + wire.position() + " (" + e.getMessage()
                                + "). Copy or export it again",
                        e);
            }
        } catch (IOException e) {
            throw ModelException.unreadable(file, e);
        }
    }

    /**
     * Whether a file is one message with fields of a model only, whatever their order, from its first byte to its last, and
     * has a graph.
     */
    public static boolean fits(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            long length = Files.size(path);
            if (length > Integer.MAX_VALUE - 8) {
                return false;
            }
            CodedInputStream coded = CodedInputStream.newInstance(in);
            coded.setSizeLimit(Integer.MAX_VALUE);
            OnnxWire wire = new OnnxWire(coded, path.toString());
            boolean[] graph = {false};
            wire.file((int) length, field -> {
                boolean varint = field == 1 || field == 5;
                if (field > LAST_FIELD || wire.wireType() != (varint ? OnnxWire.VARINT : OnnxWire.BYTES)) {
                    throw wire.problem("no field of a model");
                }
                graph[0] |= field == 7;
                wire.skip();
            });
            return graph[0];
        } catch (IOException | ModelException e) {
            return false;
        }
    }

    private Model model(int length) throws IOException {
        String[] producer = {"", ""};
        long[] opset = {0};
        List<OnnxGraph> graphs = new ArrayList<>();
        List<OnnxGraph.Function> functions = new ArrayList<>();
        wire.file(length, field -> {
            switch (field) {
                case 2 -> producer[0] = wire.text();
                case 3 -> producer[1] = wire.text();
                case 7 -> graphs.add(graph());
                case 8 -> opset[0] = Math.max(opset[0], opset());
                case 25 -> functions.add(function());
                default -> wire.skip();
            }
        });
        if (graphs.size() != 1) {
            throw new ModelException(
                    file,
                    "it looks like an ONNX file, but has " + (graphs.isEmpty() ? "no graph" : "several graphs")
                            + ": it is cut off, or of another kind (a saved_model.pb of TensorFlow has to be converted"
                            + " with tf2onnx first)");
        }
        return new Model(producer[0], producer[1], opset[0], graphs.get(0), List.copyOf(functions));
    }

    /** The version of an operator set; 0 if it is not ONNX's own. */
    private long opset() throws IOException {
        String[] domain = {""};
        long[] version = {0};
        wire.message(field -> {
            switch (field) {
                case 1 -> domain[0] = wire.text();
                case 2 -> version[0] = wire.number();
                default -> wire.skip();
            }
        });
        return domain[0].isEmpty() || domain[0].equals("ai.onnx") ? version[0] : 0;
    }

    private OnnxGraph.Function function() throws IOException {
        String[] texts = {"", ""};
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        Map<String, Attribute> defaults = new LinkedHashMap<>();
        List<Node> nodes = new ArrayList<>();
        wire.message(field -> {
            switch (field) {
                case 1 -> texts[0] = wire.text();
                case 4 -> inputs.add(wire.text());
                case 5 -> outputs.add(wire.text());
                case 7 -> nodes.add(node());
                case 10 -> texts[1] = wire.text();
                case 11 -> attribute(defaults);
                default -> wire.skip();
            }
        });
        return new OnnxGraph.Function(
                texts[1],
                texts[0],
                Collections.unmodifiableList(inputs),
                Collections.unmodifiableList(outputs),
                Collections.unmodifiableMap(defaults),
                Collections.unmodifiableList(nodes));
    }

    private OnnxGraph graph() throws IOException {
        List<Node> nodes = new ArrayList<>();
        Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
        List<String> sparse = new ArrayList<>();
        List<Input> inputs = new ArrayList<>();
        Set<String> inputNames = new HashSet<>();
        List<String> outputs = new ArrayList<>();
        wire.message(field -> {
            switch (field) {
                case 1 -> nodes.add(node());
                case 5 -> {
                    OnnxTensor tensor = tensor();
                    if (initializers.put(tensor.name(), tensor) != null) {
                        throw wire.problem("the graph has two initializers called '" + tensor.name() + "'");
                    }
                }
                case 11 -> {
                    Input input = input();
                    if (!inputNames.add(input.name())) {
                        throw wire.problem("the graph has two inputs called '" + input.name() + "'");
                    }
                    inputs.add(input);
                }
                case 12 -> outputs.add(input().name());
                case 15 -> sparse.add(sparse());
                default -> wire.skip();
            }
        });
        return new OnnxGraph(
                Collections.unmodifiableList(nodes),
                Collections.unmodifiableMap(initializers),
                Collections.unmodifiableList(sparse),
                Collections.unmodifiableList(inputs),
                Collections.unmodifiableList(outputs));
    }

    private Node node() throws IOException {
        long at = wire.position();
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        String[] texts = {"", "", ""};
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        wire.message(field -> {
            switch (field) {
                case 1 -> inputs.add(wire.text());
                case 2 -> outputs.add(wire.text());
                case 3 -> texts[1] = wire.text();
                case 4 -> texts[0] = wire.text();
                case 5 -> attribute(attributes);
                case 7 -> texts[2] = wire.text();
                default -> wire.skip();
            }
        });
        return new Node(
                texts[0],
                texts[2],
                texts[1],
                Collections.unmodifiableList(inputs),
                Collections.unmodifiableList(outputs),
                Collections.unmodifiableMap(attributes),
                at);
    }

    private void attribute(Map<String, Attribute> attributes) throws IOException {
        String[] texts = {"", "", ""};
        float[] real = {0};
        long[] number = {0};
        long[] type = {0};
        List<OnnxTensor> tensors = new ArrayList<>();
        List<OnnxGraph> graphs = new ArrayList<>();
        List<Float> reals = new ArrayList<>();
        List<Long> numbers = new ArrayList<>();
        List<String> strings = new ArrayList<>();
        wire.message(field -> {
            switch (field) {
                case 1 -> texts[0] = wire.text();
                case 2 -> real[0] = wire.real();
                case 3 -> number[0] = wire.number();
                case 4 -> texts[1] = wire.shortText();
                case 5 -> tensors.add(tensor());
                case 6, 11 -> graphs.add(graph());
                case 7 -> wire.reals(value -> reals.add((float) value));
                case 8 -> wire.numbers(numbers::add);
                case 9 -> strings.add(wire.shortText());
                case 20 -> type[0] = wire.number();
                case 21 -> texts[2] = wire.text();
                default -> wire.skip();
            }
        });
        Attribute attribute = new Attribute(
                type[0],
                real[0],
                number[0],
                texts[1],
                tensors.isEmpty() ? null : tensors.get(0),
                Collections.unmodifiableList(reals),
                Collections.unmodifiableList(numbers),
                Collections.unmodifiableList(strings),
                Collections.unmodifiableList(graphs),
                texts[2]);
        if (attributes.put(texts[0], attribute) != null) {
            throw wire.problem("a node has two attributes called '" + texts[0] + "'");
        }
    }

    private OnnxTensor tensor() throws IOException {
        long at = wire.position();
        List<Long> dims = new ArrayList<>();
        String[] name = {""};
        long[] type = {0};
        long[] location = {0};
        OnnxTensor.Builder builder = new OnnxTensor.Builder();
        wire.message(field -> {
            switch (field) {
                case 1 ->
                    wire.numbers(size -> {
                        if (dims.size() == MOST_DIMENSIONS) {
                            throw wire.problem("a tensor of more than " + MOST_DIMENSIONS + " dimensions");
                        }
                        dims.add(size);
                    });
                case 2 -> type[0] = wire.number();
                case 4, 5, 7, 9, 10, 11 -> builder.add(field, wire.bytes(path));
                case 8 -> name[0] = wire.text();
                case 13 -> external(builder);
                case 14 -> location[0] = wire.number();
                default -> wire.skip();
            }
        });
        return builder.build(file, at, name[0], type[0], dims, location[0] == 1);
    }

    private void external(OnnxTensor.Builder builder) throws IOException {
        String[] entry = {"", ""};
        wire.message(field -> {
            switch (field) {
                case 1 -> entry[0] = wire.text();
                case 2 -> entry[1] = wire.text();
                default -> wire.skip();
            }
        });
        builder.external(entry[0], entry[1]);
    }

    /** The name of a sparse tensor: that of its values. */
    private String sparse() throws IOException {
        String[] name = {""};
        wire.message(field -> {
            if (field == 1) {
                name[0] = tensor().name();
            } else {
                wire.skip();
            }
        });
        return name[0];
    }

    private Input input() throws IOException {
        String[] name = {""};
        long[] type = {0};
        List<@Nullable List<Long>> shape = new ArrayList<>();
        wire.message(field -> {
            switch (field) {
                case 1 -> name[0] = wire.text();
                // type, of which 1 is that of a tensor, of which 1 is that of its elements and 2 the shape
                case 2 ->
                    within(
                            1,
                            () -> wire.message(part -> {
                                switch (part) {
                                    case 1 -> type[0] = wire.number();
                                    case 2 -> shape.add(shape());
                                    default -> wire.skip();
                                }
                            }));
                default -> wire.skip();
            }
        });
        return new Input(name[0], type[0], shape.isEmpty() ? null : shape.get(shape.size() - 1));
    }

    private interface Part {
        void read() throws IOException;
    }

    /** Reads one field of a message and passes over the others. */
    private void within(int wanted, Part part) throws IOException {
        wire.message(field -> {
            if (field == wanted) {
                part.read();
            } else {
                wire.skip();
            }
        });
    }

    private List<Long> shape() throws IOException {
        List<Long> shape = new ArrayList<>();
        wire.message(field -> {
            if (field != 1) {
                wire.skip();
                return;
            }
            long[] size = {-1};
            wire.message(part -> {
                if (part == 1) {
                    long fixed = wire.number();
                    // 0 and -1 are written for what is not fixed, too.
                    size[0] = fixed > 0 ? fixed : -1;
                } else {
                    wire.skip();
                }
            });
            shape.add(size[0]);
        });
        return Collections.unmodifiableList(shape);
    }
}
