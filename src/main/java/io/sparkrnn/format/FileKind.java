package io.sparkrnn.format;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.keras.Keras;
import io.sparkrnn.format.numpy.NpyFolder;
import io.sparkrnn.format.onnx.OnnxParser;
import io.sparkrnn.format.torch.TorchExport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** The kinds of model file that are read, told by their first bytes; other files that people try have their own answer. */
enum FileKind {
    SAFETENSORS("safetensors"),
    TORCH_ZIP("PyTorch (zip)"),
    TORCH_LEGACY("PyTorch (legacy)"),
    TORCH_EXPORT("PyTorch (pt2)"),
    NPZ("NumPy (npz)"),
    NPY_FOLDER("NumPy (folder of npy)"),
    KERAS_ZIP("Keras (keras)"),
    KERAS_HDF5("Keras (h5)"),
    ONNX("ONNX");

    private static final int HEAD = 512;
    /** The end of a message that refuses a file: what would be read. */
    static final String READ = " Read are .safetensors files, what torch.save and torch.export.save write,"
            + " ONNX graphs, NumPy's .npz, a folder of .npy, and Keras' .keras and .h5";

    private final String label;

    FileKind(String label) {
        this.label = label;
    }

    @Override
    public String toString() {
        return label;
    }

    /**
     * The kind of a file.
     *
     * @param name what messages call the file
     * @throws ModelException when it cannot be read or is of no kind that is read
     */
    static FileKind of(Path file, String name) {
        if (Files.isDirectory(file)) {
            if (NpyFolder.isOne(file, name)) {
                return NPY_FOLDER;
            }
            throw new ModelException(
                    name, "this is a folder, and no NumPy array (.npy) is in it; give the model file in it." + READ);
        }
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(HEAD);
        } catch (java.nio.file.NoSuchFileException e) {
            throw new ModelException(name, "there is no such file", e);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
        if (head.length == 0) {
            throw new ModelException(name, "the file is empty. Copy or save it again");
        }
        // A character a byte, so that plain string functions can look at it.
        String start = new String(head, StandardCharsets.ISO_8859_1);
        // First, for the length of a header may start with any bytes. It is below 4 GiB: no text has zeros there.
        if (start.length() > 8 && start.charAt(8) == '{' && start.startsWith("\0\0\0\0", 4)) {
            return SAFETENSORS;
        }
        if (start.startsWith("PK\3\4") || start.startsWith("PK\5\6")) {
            return zipped(ZipRecords.of(file, name).names());
        }
        if (start.startsWith("\u0089HDF\r\n")) {
            return KERAS_HDF5;
        }
        if (start.startsWith("\u0080")) {
            return TORCH_LEGACY;
        }
        if (isOnnx(start) || OnnxParser.fits(file)) {
            return ONNX;
        }
        throw new ModelException(name, foreign(start) + "." + READ);
    }

    /**
     * Whether this is the start of an ONNX file as it is mostly written: its first field, ir_version, is a small number, and
     * another of its fields follows.
     */
    private static boolean isOnnx(String start) {
        return start.length() > 2
                && start.charAt(0) == 0x08
                && start.charAt(1) < 0x20
                && "\u0012\u001a\"*2:B".indexOf(start.charAt(2)) >= 0;
    }

    private static FileKind zipped(Set<String> records) {
        if (records.contains(Keras.CONFIG) && !records.contains("data.pkl")) {
            return KERAS_ZIP;
        }
        if (TorchExport.isOne(records)) {
            return TORCH_EXPORT;
        }
        boolean pickled = records.stream().anyMatch(record -> record.endsWith("data.pkl"));
        boolean arrays = records.stream().anyMatch(record -> record.endsWith(".npy"));
        // PyTorch's reader has the answer to an archive that is neither.
        return arrays && !pickled ? NPZ : TORCH_ZIP;
    }

    private static String foreign(String start) {
        if (start.startsWith("\u0093NUMPY")) {
            return "the file is a single NumPy array (.npy), which is no network: save all its arrays under PyTorch's"
                    + " names with numpy.savez(path, weight_ih_l0=..., weight_hh_l0=..., ...), or give the folder in which each"
                    + " has a file of its own";
        }
        if (start.startsWith("\u001f\u008b")) {
            return "the file is compressed with gzip: unpack it first";
        }
        if (start.startsWith("ustar", 257)) {
            return "the file is a tar archive: unpack it first";
        }
        if (start.startsWith("version https://git-lfs")) {
            return "the file is a Git LFS pointer, not the model itself: run 'git lfs pull'";
        }
        if (start.stripLeading().startsWith("<")) {
            return "the file is a web page or XML, not a model: was it downloaded from the right address?";
        }
        boolean text = start.chars().allMatch(c -> (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t');
        return text ? "the file is text, not a model" : "the file is of no kind that is known here";
    }
}
