package io.sparkrnn.format.network;

import io.sparkrnn.model.Head;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which tensors of a file are a head, and what they do not say of it. Made by {@link #none} or {@link #of}, then
 * said one by one.
 *
 * @param prefix what stands before {@code weight}, or before {@code 0.weight} of an nn.Sequential, in the names: {@code
 *     head} finds {@code head.weight}, also below what stands before the network's own names; null or empty for no head
 * @param layers the modules of an nn.Sequential, in order, since its tensors do not tell of those without weights; empty
 *     when that is not said. Unmodifiable
 * @param source null for h_n
 * @param finish null for nothing
 */
public record HeadOptions(
        @Nullable String prefix, List<Module> layers, Head.@Nullable Source source, Head.@Nullable Finish finish) {
    /** A module of an nn.Sequential. */
    public enum Module {
        LINEAR,
        RELU,
        TANH,
        SIGMOID,
        /** Does nothing once a network is trained. */
        DROPOUT,
        /** Does nothing. */
        IDENTITY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The module of a name, whether in upper or in lower case. */
        public static Optional<Module> named(String name) {
            return Arrays.stream(values())
                    .filter(module -> module.name().equalsIgnoreCase(name))
                    .findFirst();
        }
    }

    public HeadOptions {
        layers = List.copyOf(layers);
    }

    /** Nothing said: no head. */
    public static HeadOptions none() {
        return new HeadOptions(null, List.of(), null, null);
    }

    /** The head under a prefix, on h_n, with nothing after it. */
    public static HeadOptions of(String prefix) {
        return new HeadOptions(prefix, List.of(), null, null);
    }

    /** These options with these modules. */
    public HeadOptions withLayers(List<Module> modules) {
        return new HeadOptions(prefix, modules, source, finish);
    }

    /** These options with the head on these rows. */
    public HeadOptions withSource(Head.Source rows) {
        return new HeadOptions(prefix, layers, rows, finish);
    }

    /** These options with this at the end. */
    public HeadOptions withFinish(Head.Finish end) {
        return new HeadOptions(prefix, layers, source, end);
    }

    /** Whether these say that there is a head. */
    public boolean wanted() {
        return prefix != null && !prefix.isEmpty();
    }

    /**
     * These options, and for what they leave open those of {@code others}. A prefix is another head than that of {@code
     * others}: then nothing of theirs is taken.
     */
    HeadOptions orElse(HeadOptions others) {
        if (prefix != null) {
            return this;
        }
        return new HeadOptions(
                others.prefix,
                layers.isEmpty() ? others.layers : layers,
                source == null ? others.source : source,
                finish == null ? others.finish : finish);
    }
}
