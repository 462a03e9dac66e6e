package io.sparkrnn.job.verify;

import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes tensors as safetensors.save_file and numpy.savez do. */
final class TensorFile {
    private TensorFile() {}

    static Path safetensors(Path file, Map<String, Tensor> tensors) throws IOException {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        StringBuilder header = new StringBuilder("{");
        for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
            byte[] bytes = bytes(tensor.getValue());
            header.append(header.length() == 1 ? "" : ",")
                    .append('"')
                    .append(tensor.getKey())
                    .append("\":{\"dtype\":\"")
                    .append(name(tensor.getValue().dtype(), "F64", "F32", "I64", "I32"))
                    .append("\",\"shape\":")
                    .append(tensor.getValue().shape())
                    .append(",\"data_offsets\":[")
                    .append(data.size())
                    .append(',')
                    .append(data.size() + bytes.length)
                    .append("]}");
            data.writeBytes(bytes);
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(8 + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(json.length).put(json).put(data.toByteArray());
        return Files.write(file, all.array());
    }

    static Path npz(Path file, Map<String, Tensor> tensors) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setMethod(ZipOutputStream.STORED);
            for (Map.Entry<String, Tensor> tensor : tensors.entrySet()) {
                byte[] array = npy(tensor.getValue());
                ZipEntry entry = new ZipEntry(tensor.getKey() + ".npy");
                CRC32 sum = new CRC32();
                sum.update(array);
                entry.setCrc(sum.getValue());
                entry.setSize(array.length);
                zip.putNextEntry(entry);
                zip.write(array);
            }
        }
        return file;
    }

    private static byte[] npy(Tensor tensor) {
        String sizes = IntStream.range(0, tensor.shape().rank())
                .mapToObj(axis -> tensor.shape().size(axis) + ",")
                .collect(Collectors.joining());
        StringBuilder header = new StringBuilder("{'descr': '")
                .append(name(tensor.dtype(), "<f8", "<f4", "<i8", "<i4"))
                .append("', 'fortran_order': False, 'shape': (")
                .append(sizes)
                .append("), }");
        while ((10 + header.length() + 1) % 64 != 0) {
            header.append(' ');
        }
        byte[] text = header.append('\n').toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] data = bytes(tensor);
        ByteBuffer all = ByteBuffer.allocate(10 + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        all.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) 0);
        all.putShort((short) text.length).put(text).put(data);
        return all.array();
    }

    private static String name(DType dtype, String float64, String float32, String int64, String int32) {
        return switch (dtype) {
            case FLOAT64 -> float64;
            case FLOAT32 -> float32;
            case INT64 -> int64;
            case INT32 -> int32;
            default -> throw new IllegalArgumentException(dtype.toString());
        };
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[tensor.bytes().remaining()];
        tensor.bytes().get(bytes);
        return bytes;
    }
}
