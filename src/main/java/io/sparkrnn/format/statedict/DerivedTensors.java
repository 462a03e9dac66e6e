package io.sparkrnn.format.statedict;

import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Weights that a state dict has as what they are computed from, under the names that they have in the module:
 *
 * <pre>
 *   weight normalisation    {@code W = g v / |v|}, the length over all axes along which g has one number
 *                           W_g, W_v; parametrizations.W.original0, .original1
 *   spectral normalisation  {@code W = W_orig / (u . W_orig v)}, W_orig as a matrix of its first axis
 *                           W_orig, W_u, W_v; parametrizations.W.original, .0._u, .0._v
 *   weight drop             {@code W = W_raw}: beside it may stand module.W, the copy that the dropout of the last step of
 *                           training has left, which is not used
 * </pre>
 *
 * <p>Sources: <a href="https://pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html">weight_norm</a>, <a
 * href="https://pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html">spectral_norm</a>, both also of
 * torch.nn.utils.parametrizations; <a href="https://arxiv.org/abs/1708.02182">AWD-LSTM</a>. Computed in float64, rounded
 * once to what v or W_orig is, float32 for the half precisions.
 */
public final class DerivedTensors {
    private static final String RAW = "_raw";

    private static final Pattern PARAMETRIZED =
            Pattern.compile("(|.*\\.)parametrizations\\.([^.]+)\\.(original0|original)", Pattern.DOTALL);

    /** What {@link Matcher#group} of a recurrent weight that may be dropped: its owner's prefix, its name. */
    private static final Pattern DROPPED =
            Pattern.compile("(|.*\\.)(weight_(?:ih|hh)_l[0-9]{1,5}(?:_reverse)?)_raw", Pattern.DOTALL);

    private final String file;
    private final Tensors tensors;
    /** What is put in place of others, by its name. */
    private final Map<String, Derived> derived = new LinkedHashMap<>();

    /** Tensors that are parts of others, or overtaken by them. */
    private final Set<String> parts = new HashSet<>();

    private final Map<String, String> notes = new LinkedHashMap<>();

    /** A tensor that is computed. */
    private record Derived(DType dtype, Shape shape, Supplier<Tensor> elements) {}

    private DerivedTensors(String file, Tensors tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /**
     * What there is then.
     *
     * @param notes of tensors that are not as the file has them, by their names
     */
    public record Found(Tensors tensors, Map<String, String> notes) {}

    /**
     * The tensors of a state dict, those computed that have to be, in the file's order.
     *
     * @param file what messages call the file
     */
    public static Found of(String file, Tensors tensors) {
        DerivedTensors found = new DerivedTensors(file, tensors);
        tensors.names().forEach(found::find);
        return new Found(found.derived.isEmpty() ? tensors : found.all(), found.notes);
    }

    private Tensors all() {
        Tensors.Builder all = Tensors.builder(file);
        Map<String, Derived> left = new LinkedHashMap<>(derived);
        for (String name : tensors.names()) {
            Derived own = left.remove(name);
            if (own != null) {
                all.add(name, own.dtype, own.shape, own.elements);
            } else if (!parts.contains(name)) {
                all.add(name, tensors.dtype(name), tensors.shape(name), () -> tensors.get(name));
            }
        }
        left.forEach((name, own) -> all.add(name, own.dtype, own.shape, own.elements));
        return all.build();
    }

    private void find(String name) {
        if (name.endsWith("_g")) {
            String base = name.substring(0, name.length() - 2);
            weightNorm(base, name, base + "_v");
        } else if (name.endsWith("_orig")) {
            String base = name.substring(0, name.length() - "_orig".length());
            spectralNorm(base, name, base + "_u", base + "_v");
        } else if (name.endsWith(RAW)) {
            weightDrop(name);
        } else {
            Matcher matcher = PARAMETRIZED.matcher(name);
            if (matcher.matches()) {
                String base = matcher.group(1) + matcher.group(2);
                String parts = matcher.group(1) + "parametrizations." + matcher.group(2);
                if (matcher.group(3).equals("original0")) {
                    weightNorm(base, name, parts + ".original1");
                } else {
                    spectralNorm(base, name, parts + ".0._u", parts + ".0._v");
                }
            }
        }
    }

    private boolean isFree(String base) {
        return !tensors.has(base) && !derived.containsKey(base);
    }

    private void weightNorm(String base, String g, String v) {
        if (!tensors.has(v) || !isFree(base) || !isWeight(g) || !isWeight(v)) {
            return;
        }
        Shape lengths = tensors.shape(g);
        Shape shape = tensors.shape(v);
        boolean fits = shape.rank() >= 1 && (lengths.rank() == 0 || lengths.rank() == shape.rank());
        for (int d = 0; fits && d < lengths.rank(); d++) {
            fits = lengths.size(d) == 1 || lengths.size(d) == shape.size(d);
        }
        if (fits) {
            put(base, v, () -> normed(tensors.get(g), tensors.get(v)), g, v);
            notes.put(base, base + " is computed from " + g + " and " + v + " (weight normalisation)");
        }
    }

    private Tensor normed(Tensor lengths, Tensor direction) {
        double[] g = lengths.toDoubles();
        double[] v = direction.toDoubles();
        Shape shape = direction.shape();
        int[] group = new int[v.length];
        for (int i = 0; i < v.length; i++) {
            long left = i;
            long stride = 1;
            for (int d = shape.rank() - 1; d >= 0; d--) {
                long index = left % shape.size(d);
                left /= shape.size(d);
                if (lengths.shape().rank() > 0 && lengths.shape().size(d) > 1) {
                    group[i] += (int) (index * stride);
                    stride *= lengths.shape().size(d);
                }
            }
        }
        double[] squares = new double[g.length];
        for (int i = 0; i < v.length; i++) {
            squares[group[i]] += v[i] * v[i];
        }
        for (int i = 0; i < v.length; i++) {
            v[i] *= g[group[i]] / Math.sqrt(squares[group[i]]);
        }
        return rounded(direction, v);
    }

    private void spectralNorm(String base, String orig, String u, String v) {
        if (!tensors.has(u) || !tensors.has(v) || !isFree(base) || !isWeight(orig) || !isWeight(u) || !isWeight(v)) {
            return;
        }
        Shape shape = tensors.shape(orig);
        boolean fits = shape.rank() >= 2
                && shape.elements() > 0
                && tensors.shape(u).is(shape.size(0))
                && tensors.shape(v).is(shape.elements() / shape.size(0));
        if (fits) {
            put(base, orig, () -> divided(tensors.get(orig), tensors.get(u), tensors.get(v)), orig, u, v);
            notes.put(base, base + " is computed from " + orig + ", " + u + " and " + v + " (spectral normalisation)");
        }
    }

    private static Tensor divided(Tensor original, Tensor left, Tensor right) {
        double[] w = original.toDoubles();
        double[] u = left.toDoubles();
        double[] v = right.toDoubles();
        double sigma = 0;
        for (int r = 0; r < u.length; r++) {
            double sum = 0;
            for (int c = 0; c < v.length; c++) {
                sum += w[r * v.length + c] * v[c];
            }
            sigma += u[r] * sum;
        }
        for (int i = 0; i < w.length; i++) {
            w[i] /= sigma;
        }
        return rounded(original, w);
    }

    private static Tensor rounded(Tensor like, double[] values) {
        if (like.dtype() == DType.FLOAT64) {
            return Tensor.ofDoubles(like.shape(), values);
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.ofFloats(like.shape(), floats);
    }

    private void weightDrop(String raw) {
        Matcher matcher = DROPPED.matcher(raw);
        if (!matcher.matches()) {
            return;
        }
        String owner = matcher.group(1);
        String name = matcher.group(2);
        boolean wrapped = tensors.names().stream().anyMatch(other -> other.startsWith(owner + "module.weight_"));
        String target = owner + (wrapped ? "module." : "") + name;
        notes.put(
                target,
                target + " is taken from " + raw
                        + (tensors.has(target)
                                ? ": what stands under its own name is a copy with the weight drop of training"
                                : ""));
        parts.add(raw);
        derived.put(target, new Derived(tensors.dtype(raw), tensors.shape(raw), () -> tensors.get(raw)));
    }

    private boolean isWeight(String name) {
        return tensors.dtype(name).isWeight();
    }

    private void put(String name, String like, Supplier<Tensor> elements, String... of) {
        DType dtype = tensors.dtype(like) == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
        derived.put(name, new Derived(dtype, tensors.shape(like), elements));
        parts.addAll(Set.of(of));
    }
}
