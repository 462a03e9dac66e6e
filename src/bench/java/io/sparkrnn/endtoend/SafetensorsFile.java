package io.sparkrnn.endtoend;

import io.sparkrnn.model.Head;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A network of forward layers, perhaps with a linear head, as {@code safetensors.torch.save_file} writes it. */
final class SafetensorsFile {
    private SafetensorsFile() {}

    /** The bytes of the file. */
    static byte[] of(RnnModel model) {
        return of(tensors(model));
    }

    /** The bytes of the file, with a head of that name, which has a bias or none. */
    static byte[] of(RnnModel model, String name, Head.Linear head) {
        Map<String, Tensor> tensors = tensors(model);
        tensors.put(name + ".weight", head.weight());
        if (head.bias() != null) {
            tensors.put(name + ".bias", Objects.requireNonNull(head.bias()));
        }
        return of(tensors);
    }

    private static Map<String, Tensor> tensors(RnnModel model) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int l = 0; l < model.numLayers(); l++) {
            DirectionWeights weights = Objects.requireNonNull(model.layers().get(l).forward());
            tensors.put("weight_ih_l" + l, weights.weightIh());
            tensors.put("weight_hh_l" + l, weights.weightHh());
            tensors.put("bias_ih_l" + l, Objects.requireNonNull(weights.biasIh()));
            tensors.put("bias_hh_l" + l, Objects.requireNonNull(weights.biasHh()));
        }
        return tensors;
    }

    private static byte[] of(Map<String, Tensor> tensors) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        List<String> entries = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            int from = data.size();
            float[] values = tensor.toFloats();
            ByteBuffer bytes =
                    ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(values);
            data.writeBytes(bytes.array());
            List<String> sizes = new ArrayList<>();
            for (int d = 0; d < tensor.shape().rank(); d++) {
                sizes.add(Long.toString(tensor.shape().size(d)));
            }
            entries.add("\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[" + String.join(",", sizes)
                    + "],\"data_offsets\":[" + from + "," + data.size() + "]}");
        });
        byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(Long.BYTES + header.length + data.size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(data.toByteArray())
                .array();
    }
}
