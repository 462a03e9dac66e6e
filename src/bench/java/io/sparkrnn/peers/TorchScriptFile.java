package io.sparkrnn.peers;

import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A network of one forward layer of a PyTorch cell as {@code torch.jit.save} would write it: a zip archive of the source of a
 * module and of its weights (<a
 * href="https://github.com/pytorch/pytorch/blob/main/torch/csrc/jit/docs/serialization.md">TorchScript
 * serialization</a>).
 */
public final class TorchScriptFile {
    private static final String NEWLINE = "\n";

    /** What {@code forward} takes; it gives the hidden states in the same layout, and h_n [1][B][H]. */
    public enum Input {
        /** x [T][B][I]. */
        TIME_MAJOR("x: Tensor", "torch.size(x, 1)", ""),
        /** x [B][T][I]. */
        BATCH_FIRST("x: Tensor", "torch.size(x, 0)", ""),
        /** x [steps][I] as {@code pack_padded_sequence} lays them out, and its batch_sizes. */
        PACKED("x: Tensor, batch_sizes: Tensor", "int(torch.select(batch_sizes, 0, 0))", ""),
        /** x [B][T][I] and lengths [B] in any order: {@code pack_padded_sequence(enforce_sorted=False)} and back. */
        PADDED(
                "x_padded: Tensor, lengths: Tensor",
                "torch.size(x_padded, 0)",
                """
                    sorted_lengths, indices = torch.sort(lengths, 0, True)
                    x_sorted = torch.index_select(x_padded, 0, indices)
                    x, batch_sizes = torch._pack_padded_sequence(x_sorted, sorted_lengths, True)
                """);

        private final String parameters;
        private final String batch;
        private final String before;

        Input(String parameters, String batch, String before) {
            this.parameters = parameters;
            this.batch = batch;
            this.before = before;
        }

        private boolean packed() {
            return this == PACKED || this == PADDED;
        }
    }

    private TorchScriptFile() {}

    /** The bytes of the archive. */
    public static byte[] of(RnnModel model, Input input) {
        DirectionWeights weights = Objects.requireNonNull(model.layers().get(0).forward());
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("weight_ih_l0", weights.weightIh());
        tensors.put("weight_hh_l0", weights.weightHh());
        tensors.put("bias_ih_l0", Objects.requireNonNull(weights.biasIh()));
        tensors.put("bias_hh_l0", Objects.requireNonNull(weights.biasHh()));

        Map<String, byte[]> records = new LinkedHashMap<>();
        records.put("data.pkl", pickle(tensors));
        records.put("code/__torch__.py", source(weights, tensors, input).getBytes(StandardCharsets.UTF_8));
        records.put("constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
        int index = 0;
        for (Tensor tensor : tensors.values()) {
            records.put("data/" + index++, littleEndian(tensor.toFloats()));
        }
        records.put("version", ("6" + NEWLINE).getBytes(StandardCharsets.UTF_8));
        return zip(records);
    }

    private static String source(DirectionWeights weights, Map<String, Tensor> tensors, Input input) {
        CellType type = weights.cell().type();
        String function = type == CellType.RNN
                ? "rnn_" + weights.cell().gateActivation()
                : type.name().toLowerCase(java.util.Locale.ROOT);
        boolean lstm = type == CellType.LSTM;
        String zeros = "torch.zeros([1, " + input.batch + ", " + weights.hiddenSize()
                + "], dtype=6, layout=0, device=torch.device(\"cpu\"), pin_memory=False)";
        StringBuilder source = new StringBuilder("class Net(Module):\n  __parameters__ = [");
        tensors.keySet().forEach(name -> source.append('"').append(name).append("\", "));
        source.append("]\n  __buffers__ = []\n");
        tensors.keySet().forEach(name -> source.append("  ").append(name).append(" : Tensor\n"));
        source.append("  training : bool\n");
        source.append("  def forward(self: __torch__.Net, ")
                .append(input.parameters)
                .append(") -> Tuple[Tensor, Tensor]:\n");
        source.append(input.before.indent(0));
        source.append("    h0 = ").append(zeros).append(NEWLINE);
        List<String> names =
                tensors.keySet().stream().map(name -> "self." + name).toList();
        source.append("    output, h_n, ")
                .append(lstm ? "c_n, " : "")
                .append("= torch.")
                .append(function)
                .append("(x, ")
                .append(input.packed() ? "batch_sizes, " : "")
                .append(lstm ? "[h0, h0]" : "h0")
                .append(", [")
                .append(String.join(", ", names))
                .append("], True, 1, 0., False, False")
                .append(input.packed() ? "" : input == Input.BATCH_FIRST ? ", True" : ", False")
                .append(")\n");
        if (input == Input.PADDED) {
            source.append(
                    """
                        padded, padded_lengths = torch._pad_packed_sequence(output, batch_sizes, True, 0., torch.size(x_padded, 1))
                        back = torch.argsort(indices, 0, False)
                        return (torch.index_select(padded, 0, back), torch.index_select(h_n, 1, back))
                    """);
        } else {
            source.append("    return (output, h_n)\n");
        }
        return source.toString();
    }

    /** The object of the module: its attributes, each tensor a storage of its own. */
    private static byte[] pickle(Map<String, Tensor> tensors) {
        Pickler pickle = new Pickler();
        pickle.global("__torch__", "Net").op(")\u0081}(");
        pickle.text("training").op("\u0089");
        int index = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            List<Long> sizes = new ArrayList<>();
            for (int d = 0; d < entry.getValue().shape().rank(); d++) {
                sizes.add(entry.getValue().shape().size(d));
            }
            List<Long> strides = sizes.size() == 1 ? List.of(1L) : List.of(sizes.get(1), 1L);
            pickle.text(entry.getKey());
            pickle.global("torch._utils", "_rebuild_tensor_v2").op("((");
            pickle.text("storage").global("torch", "FloatStorage").text(Integer.toString(index++)).text("cpu");
            pickle.number(entry.getValue().shape().elements()).op("tQ");
            pickle.number(0).tuple(sizes).tuple(strides).op("\u0089");
            pickle.global("collections", "OrderedDict").op(")RtR");
        }
        return pickle.op("ub.").toByteArray();
    }

    /** Writes opcodes of pickle's protocol 2. */
    private static final class Pickler {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        Pickler() {
            op("\u0080\u0002");
        }

        /** Opcodes that have no argument, a character each. */
        Pickler op(String codes) {
            bytes.writeBytes(codes.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        Pickler global(String module, String name) {
            return op("c" + module + NEWLINE + name + NEWLINE);
        }

        Pickler text(String text) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            op("X").int32(utf8.length);
            bytes.writeBytes(utf8);
            return this;
        }

        Pickler number(long value) {
            return op("J").int32(Math.toIntExact(value));
        }

        Pickler tuple(List<Long> values) {
            op("(");
            values.forEach(this::number);
            return op("t");
        }

        private Pickler int32(int value) {
            bytes.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
            return this;
        }

        byte[] toByteArray() {
            return bytes.toByteArray();
        }
    }

    private static byte[] littleEndian(float[] values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return data.array();
    }

    /** The records, stored, in a folder as torch names it. */
    private static byte[] zip(Map<String, byte[]> records) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> record : records.entrySet()) {
                CRC32 crc = new CRC32();
                crc.update(record.getValue());
                ZipEntry entry = new ZipEntry("net/" + record.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(record.getValue().length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(record.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
