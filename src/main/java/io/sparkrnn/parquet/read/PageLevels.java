package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.ListLayout;
import java.util.Arrays;

/**
 * Where rows and inner lists begin among the levels of the pages at hand, and which levels have no value. Positions count
 * levels from the first one that is kept.
 */
final class PageLevels {
    private final ListLayout layout;
    private final HybridRuns runs;

    /** The positions where a list with values begins: repetition level below the depth. */
    private int[] starts = new int[1024];

    private int startCount;

    /** For each row, its first one in starts. */
    private int[] rows = new int[256];

    private int rowCount;
    private int count;

    private boolean dense = true;
    private byte[] definition = new byte[0];

    PageLevels(ListLayout layout, HybridRuns runs) {
        this.layout = layout;
        this.runs = runs;
    }

    /** Forgets all. */
    void clear() {
        startCount = 0;
        rowCount = 0;
        count = 0;
        dense = true;
    }

    /** Keeps row {@code row}, the last one, alone; nothing if there is no such row. */
    void keep(int row) {
        if (row >= rowCount) {
            clear();
            return;
        }
        int first = rows[row];
        int position = starts[first];
        for (int i = first; i < startCount; i++) {
            starts[i - first] = starts[i] - position;
        }
        startCount -= first;
        if (!dense) {
            System.arraycopy(definition, position, definition, 0, count - position);
            dense = allValues(count - position);
        }
        count -= position;
        rows[0] = 0;
        rowCount = 1;
    }

    private boolean allValues(int size) {
        for (int i = 0; i < size; i++) {
            if (definition[i] != layout.value()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Appends the loaded page's levels. Returns how many values the page has.
     *
     * @throws DamagedFileException when a level is none that the schema allows
     */
    int append(ColumnPages pages) {
        int before = rowCount;
        int size = pages.levelCount();
        pages.startRepetitionLevels(runs);
        appendStarts(pages.place());
        if (pages.rowCount() >= 0 && rowCount - before != pages.rowCount()) {
            throw pages.place()
                    .damaged("a page has " + (rowCount - before) + " rows; its header says " + pages.rowCount());
        }
        pages.startDefinitionLevels(runs);
        int values = appendDefinition(size, pages.place());
        count += size;
        return values;
    }

    private void appendStarts(Place place) {
        int depth = layout.depth();
        int position = count;
        // Of the run before: its level where it is one level alone that begins a list, else -1.
        int alone = -1;
        while (runs.next()) {
            int length = runs.length();
            if (alone >= 0 && !runs.isPacked() && runs.value() == depth) {
                position += length;
                // Lists of one length, each a level that begins it and a run of those that go on, as most steps are.
                for (int left = runs.repeats(); left > 0; left--, position += 1 + length) {
                    start(alone, position, place);
                }
                alone = -1;
                continue;
            }
            alone = -1;
            if (!runs.isPacked()) {
                int level = runs.value();
                if (length == 1 && level < depth) {
                    alone = level;
                }
                if (level > depth) {
                    throw place.damaged("a repetition level is " + level + "; the schema has " + depth + " at most");
                }
                for (int i = 0; level < depth && i < length; i++) {
                    start(level, position + i, place);
                }
            } else {
                appendPackedStarts(position, length, place);
            }
            position += length;
        }
        if (position > count && (startCount == 0 || starts[0] != 0)) {
            throw place.damaged("its first value does not begin a row");
        }
    }

    /**
     * Most levels are those of a list that goes on. The others are looked for many at a time: a word of levels is compared
     * with a word of such levels, and the bits that differ say where they are.
     */
    private void appendPackedStarts(int position, int length, Place place) {
        int depth = layout.depth();
        int bitWidth = ColumnPages.bits(depth);
        long lowest = bitWidth == 1 ? -1L : 0x5555_5555_5555_5555L;
        int most = 32;
        for (int i = 0; i < length; i += most) {
            long word = runs.packedBits(i);
            long different = word ^ (lowest * depth);
            different = (different | (different >>> (bitWidth - 1))) & lowest;
            int bits = Math.min(most, length - i) * bitWidth;
            if (bits < Long.SIZE) {
                different &= (1L << bits) - 1;
            }
            for (; different != 0; different &= different - 1) {
                int bit = Long.numberOfTrailingZeros(different);
                int level = (int) (word >>> bit) & ((1 << bitWidth) - 1);
                if (level > depth) {
                    throw place.damaged("a repetition level is " + level + "; the schema has " + depth + " at most");
                }
                start(level, position + i + bit / bitWidth, place);
            }
        }
    }

    private void start(int level, int position, Place place) {
        if (level == 0) {
            if (rowCount == rows.length) {
                rows = Arrays.copyOf(rows, rowCount * 2);
            }
            rows[rowCount++] = startCount;
        }
        if (startCount == starts.length) {
            if (startCount > Runtime.getRuntime().maxMemory() / 64) {
                throw place.tooLarge("a page has more than " + startCount + " lists");
            }
            starts = Arrays.copyOf(starts, startCount * 2);
        }
        starts[startCount++] = position;
    }

    /** Expands the levels only when one is not that of a value. */
    private int appendDefinition(int size, Place place) {
        int max = layout.value();
        int position = count;
        int values = 0;
        while (runs.next()) {
            int length = runs.length();
            if (!runs.isPacked()) {
                int level = runs.value();
                checkDefinition(level, place);
                if (level == max) {
                    values += length;
                }
                if (!dense || level != max) {
                    expand(position, count + size);
                    Arrays.fill(definition, position, position + length, (byte) level);
                }
                position += length;
                continue;
            }
            for (int i = 0; i < length; i++, position++) {
                int level = runs.packed(i);
                checkDefinition(level, place);
                if (level == max) {
                    values++;
                }
                if (!dense || level != max) {
                    expand(position, count + size);
                    definition[position] = (byte) level;
                }
            }
        }
        return values;
    }

    private void checkDefinition(int level, Place place) {
        if (level > layout.value()) {
            throw place.damaged("a definition level is " + level + "; the schema has " + layout.value() + " at most");
        }
    }

    private void expand(int position, int size) {
        if (definition.length < size) {
            definition = Arrays.copyOf(definition, Math.max(size, 2 * definition.length));
        }
        if (dense) {
            Arrays.fill(definition, 0, position, (byte) layout.value());
            dense = false;
        }
    }

    int rowCount() {
        return rowCount;
    }

    /** The first of row {@code row}'s starts; with {@code rowCount} the end of all. */
    int firstStart(int row) {
        return row < rowCount ? rows[row] : startCount;
    }

    /** The position of start {@code i}; after the last one the end of all. */
    int position(int i) {
        return i < startCount ? starts[i] : count;
    }

    /** Whether all levels are those of values. */
    boolean isDense() {
        return dense;
    }

    /** The definition level at {@code position}. */
    int definition(int position) {
        return dense ? layout.value() : definition[position];
    }
}
