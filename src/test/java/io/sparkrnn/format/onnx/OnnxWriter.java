package io.sparkrnn.format.onnx;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes small ONNX files, sound and unsound: a message of protocol buffers, field after field. */
public final class OnnxWriter {
    /** TensorProto's numbers of types. */
    public static final int FLOAT = 1;

    public static final int INT32 = 6;
    public static final int BOOL = 9;
    public static final int INT64 = 7;
    public static final int FLOAT16 = 10;
    public static final int DOUBLE = 11;
    public static final int BFLOAT16 = 16;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<byte[]> functions = new ArrayList<>();

    /** A message: the fields of it are added one by one. */
    public static OnnxWriter message() {
        return new OnnxWriter();
    }

    public byte[] bytes() {
        return bytes.toByteArray();
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            bytes.write((int) ((left & 0x7f) | 0x80));
            left >>>= 7;
        }
        bytes.write((int) left);
    }

    /** A field that is a varint. */
    public OnnxWriter number(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    /** A field that is a float. */
    public OnnxWriter real(int field, float value) {
        varint((long) field << 3 | 5);
        bytes.writeBytes(little(Float.BYTES).putFloat(value).array());
        return this;
    }

    /** A field that is a message, or any bytes. */
    public OnnxWriter bytes(int field, byte[] value) {
        varint((long) field << 3 | 2);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    public OnnxWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    /** A field of packed varints. */
    public OnnxWriter numbers(int field, long... values) {
        OnnxWriter packed = new OnnxWriter();
        for (long value : values) {
            packed.varint(value);
        }
        return bytes(field, packed.bytes());
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The bytes of floats. */
    public static byte[] raw(float... values) {
        ByteBuffer buffer = little(values.length * Float.BYTES);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    /** The bytes of doubles. */
    public static byte[] raw(double... values) {
        ByteBuffer buffer = little(values.length * Double.BYTES);
        buffer.asDoubleBuffer().put(values);
        return buffer.array();
    }

    /** The bytes of whole numbers. */
    public static byte[] raw(long... values) {
        ByteBuffer buffer = little(values.length * Long.BYTES);
        buffer.asLongBuffer().put(values);
        return buffer.array();
    }

    /** The start of a tensor: name, type, shape. */
    public static OnnxWriter tensor(String name, int type, long... dims) {
        return message().numbers(1, dims).number(2, type).text(8, name);
    }

    /** A tensor of floats. */
    public static byte[] floats(String name, float[] values, long... dims) {
        return tensor(name, FLOAT, dims).bytes(9, raw(values)).bytes();
    }

    /** A list of whole numbers. */
    public static byte[] longs(String name, long... values) {
        return tensor(name, INT64, values.length).bytes(9, raw(values)).bytes();
    }

    /** An attribute that is a number. */
    public static byte[] attribute(String name, long value) {
        return message().text(1, name).number(3, value).number(20, 2).bytes();
    }

    /** An attribute that is a float. */
    public static byte[] attribute(String name, float value) {
        return message().text(1, name).real(2, value).number(20, 1).bytes();
    }

    /** An attribute that is text. */
    public static byte[] attribute(String name, String value) {
        return message().text(1, name).text(4, value).number(20, 3).bytes();
    }

    /** An attribute of whole numbers. */
    public static byte[] attribute(String name, long... values) {
        OnnxWriter writer = message().text(1, name);
        for (long value : values) {
            writer.number(8, value);
        }
        return writer.number(20, 7).bytes();
    }

    /** An attribute of floats. */
    public static byte[] attribute(String name, float... values) {
        OnnxWriter writer = message().text(1, name);
        for (float value : values) {
            writer.real(7, value);
        }
        return writer.number(20, 6).bytes();
    }

    /** An attribute of texts. */
    public static byte[] attribute(String name, String... values) {
        OnnxWriter writer = message().text(1, name);
        for (String value : values) {
            writer.text(9, value);
        }
        return writer.number(20, 8).bytes();
    }

    /** An attribute that is a tensor. */
    public static byte[] tensorAttribute(String name, byte[] tensor) {
        return message().text(1, name).bytes(5, tensor).number(20, 4).bytes();
    }

    /** An attribute that is a graph. */
    public static byte[] graphAttribute(String name, OnnxWriter graph) {
        return message().text(1, name).bytes(6, graph.bytes()).number(20, 5).bytes();
    }

    /** Adds a node to a graph. Names are separated by blanks; {@code -} is an input or output left out. */
    public OnnxWriter node(String opType, String name, String inputs, String outputs, byte[]... attributes) {
        return node("", opType, name, inputs, outputs, attributes);
    }

    /** Adds a node of a domain, in a graph that is in a model's field 1, or in a function's field 7. */
    public OnnxWriter node(
            String domain, String opType, String name, String inputs, String outputs, byte[]... attributes) {
        return bytes(1, nodeBytes(domain, opType, name, inputs, outputs, attributes));
    }

    /** Adds a node to a function. */
    public OnnxWriter functionNode(String opType, String inputs, String outputs, byte[]... attributes) {
        return bytes(7, nodeBytes("", opType, "", inputs, outputs, attributes));
    }

    /** Adds a node to a function that calls another function. */
    public OnnxWriter functionCall(String opType, String inputs, String outputs, byte[]... attributes) {
        return bytes(7, nodeBytes("own", opType, "", inputs, outputs, attributes));
    }

    /** Adds an operator of its own to the model that this graph will be. */
    public void function(OnnxWriter function) {
        functions.add(function.bytes());
    }

    private static byte[] nodeBytes(
            String domain, String opType, String name, String inputs, String outputs, byte[]... attributes) {
        OnnxWriter node = message();
        Arrays.stream(inputs.split(" "))
                .filter(input -> !input.isEmpty())
                .forEach(input -> node.text(1, input.equals("-") ? "" : input));
        Arrays.stream(outputs.split(" ")).forEach(output -> node.text(2, output.equals("-") ? "" : output));
        node.text(3, name).text(4, opType);
        if (!domain.isEmpty()) {
            node.text(7, domain);
        }
        for (byte[] attribute : attributes) {
            node.bytes(5, attribute);
        }
        return node.bytes();
    }

    /** Adds an initializer to a graph. */
    public OnnxWriter initializer(byte[] tensor) {
        return bytes(5, tensor);
    }

    /** Adds a node that gives whole numbers. */
    public OnnxWriter constant(String output, long... values) {
        return node("Constant", "", "", output, tensorAttribute("value", longs("", values)));
    }

    /** Adds an input to a graph; -1 is a size that is not fixed. */
    public OnnxWriter input(String name, int type, long... dims) {
        return bytes(11, valueInfo(name, type, dims));
    }

    /** Adds an output to a graph. */
    public OnnxWriter output(String name, int type, long... dims) {
        return bytes(12, valueInfo(name, type, dims));
    }

    /** Adds an output to a graph, of which nothing but the type is said. */
    public OnnxWriter outputOfType(String name, int type) {
        byte[] tensor = message().number(1, type).bytes();
        return bytes(
                12,
                message()
                        .text(1, name)
                        .bytes(2, message().bytes(1, tensor).bytes())
                        .bytes());
    }

    private static byte[] valueInfo(String name, int type, long... dims) {
        OnnxWriter shape = message();
        for (int d = 0; d < dims.length; d++) {
            OnnxWriter dim = message();
            if (dims[d] < 0) {
                dim.text(2, name + "_" + d);
            } else {
                dim.number(1, dims[d]);
            }
            shape.bytes(1, dim.bytes());
        }
        byte[] tensor = message().number(1, type).bytes(2, shape.bytes()).bytes();
        return message()
                .text(1, name)
                .bytes(2, message().bytes(1, tensor).bytes())
                .bytes();
    }

    /** A file that has this graph. */
    public byte[] model(int opset, String producer) {
        text(2, "graph");
        OnnxWriter model = message()
                .number(1, 8)
                .text(2, producer)
                .text(3, "1.0")
                .bytes(7, bytes())
                .bytes(8, message().text(1, "").number(2, opset).bytes());
        if (!functions.isEmpty()) {
            model.bytes(8, message().text(1, "own").number(2, 1).bytes());
        }
        for (byte[] function : functions) {
            byte[] import13 = message().text(1, "").number(2, opset).bytes();
            byte[] own = message().text(1, "own").number(2, 1).bytes();
            model.bytes(
                    25, message().all(function).bytes(9, import13).bytes(9, own).bytes());
        }
        return model.bytes();
    }

    private OnnxWriter all(byte[] message) {
        bytes.writeBytes(message);
        return this;
    }
}
