package io.sparkrnn.format.torch;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.torch.PickleValue.BigInt;
import io.sparkrnn.format.torch.PickleValue.Bool;
import io.sparkrnn.format.torch.PickleValue.Dict;
import io.sparkrnn.format.torch.PickleValue.Global;
import io.sparkrnn.format.torch.PickleValue.Inert;
import io.sparkrnn.format.torch.PickleValue.Int;
import io.sparkrnn.format.torch.PickleValue.None;
import io.sparkrnn.format.torch.PickleValue.PyList;
import io.sparkrnn.format.torch.PickleValue.PyObject;
import io.sparkrnn.format.torch.PickleValue.Storage;
import io.sparkrnn.format.torch.PickleValue.Str;
import io.sparkrnn.format.torch.PickleValue.Stranger;
import io.sparkrnn.format.torch.PickleValue.Tuple;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads pickles as torch.save writes them, protocols 2 to 5, and nothing else: an allow-list of opcodes (below) and of
 * globals ({@link PickleGlobals}). A pickle is a program for a small stack machine; here its only effects are plain
 * values and descriptions of tensors ({@link PickleValue}). Nothing is executed, and no class is looked up by a name
 * from the file: an object of a class that is not on the list, as in a whole pickled module, is that name and a dict of
 * attributes; a call of a function that is not on the list is refused.
 *
 * <p>Bounded in every direction: opcodes, bytes, and the length of each value before it is read. There is no recursion.
 *
 * <p>The opcodes are those of <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">pickletools</a>,
 * by its names.
 */
final class Unpickler {
    /** The longest string or bytes in a pickle, in bytes: far beyond the name of any tensor. */
    static final int LONGEST_STRING = 1 << 26;

    /** The longest part of the name of a global, in letters. */
    static final int LONGEST_GLOBAL = 1000;

    private static final long LONGEST_PICKLE = 1L << 27;
    private static final int MOST_OPCODES = 4_000_000;
    private static final int LONGEST_INT = 1 << 10;

    private static final String SAVE_TENSORS =
            ". Save the tensors alone, in Python: torch.save(module.state_dict(), path)";

    private final PickleInput in;
    private final Rebuild rebuild = new Rebuild();

    private final List<PickleValue> stack = new ArrayList<>();
    /** The heights of the stack at each MARK. */
    private final List<Integer> marks = new ArrayList<>();

    private final Map<Long, PickleValue> memo = new HashMap<>();
    private final Map<String, Storage> storages = new LinkedHashMap<>();

    /** The offset of the opcode at work, for messages. */
    private long at;

    Unpickler(PickleInput in) {
        this.in = in;
    }

    /** The storages that persistent ids named so far, by key, each as the whole array in the file. */
    Map<String, Storage> storages() {
        return storages;
    }

    /** Reads one pickle, up to and with its STOP. */
    PickleValue load() {
        stack.clear();
        marks.clear();
        memo.clear();
        long start = in.position();
        for (int count = 0; count < MOST_OPCODES && in.position() - start < LONGEST_PICKLE; count++) {
            at = in.position();
            int opcode = in.uint8();
            if (opcode == '.') {
                PickleValue result = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw problem("the pickle stops with " + stack.size() + " values left over");
                }
                return result;
            }
            step(opcode);
        }
        throw problem("the pickle is too long (more than " + MOST_OPCODES + " opcodes or " + LONGEST_PICKLE
                + " bytes): it holds much besides tensors" + SAVE_TENSORS);
    }

    private void step(int opcode) {
        switch (opcode) {
            case 0x80 -> protocol(in.uint8()); // PROTO
            case 0x95 -> in.int64(); // FRAME: how much to buffer, no more
            case '(' -> marks.add(stack.size()); // MARK
            case '0' -> pop(); // POP
            case '1' -> popToMark(); // POP_MARK
            case '2' -> push(peek()); // DUP

            case 'N' -> push(None.NONE); // NONE
            case 0x88 -> push(new Bool(true)); // NEWTRUE
            case 0x89 -> push(new Bool(false)); // NEWFALSE
            case 'J' -> push(new Int(in.int32())); // BININT
            case 'K' -> push(new Int(in.uint8())); // BININT1
            case 'M' -> push(new Int(in.uint16())); // BININT2
            case 0x8a -> integer(in.uint8()); // LONG1
            case 0x8b -> integer(in.uint32()); // LONG4
            case 'G' -> { // BINFLOAT
                in.skipFloat64();
                push(new Inert("a float"));
            }
            case 'X' -> push(new Str(in.utf8(in.uint32()))); // BINUNICODE
            case 0x8c -> push(new Str(in.utf8(in.uint8()))); // SHORT_BINUNICODE
            case 0x8d -> push(new Str(in.utf8(in.int64()))); // BINUNICODE8
            case 'U' -> push(new Str(in.latin1(in.uint8()))); // SHORT_BINSTRING: a str of Python 2
            case 'T' -> push(new Str(in.latin1(in.uint32()))); // BINSTRING
            case 'C' -> bytes(in.uint8()); // SHORT_BINBYTES
            case 'B' -> bytes(in.uint32()); // BINBYTES
            case 0x8e -> bytes(in.int64()); // BINBYTES8
            case 0x96 -> bytes(in.int64()); // BYTEARRAY8

            case ')' -> push(Tuple.EMPTY); // EMPTY_TUPLE
            case 0x85 -> tuple(1); // TUPLE1
            case 0x86 -> tuple(2); // TUPLE2
            case 0x87 -> tuple(3); // TUPLE3
            case 't' -> push(new Tuple(popToMark())); // TUPLE
            case ']' -> push(new PyList()); // EMPTY_LIST
            case 'a' -> append(List.of(pop())); // APPEND
            case 'e' -> append(popToMark()); // APPENDS
            case '}' -> push(new Dict()); // EMPTY_DICT
            case 's' -> { // SETITEM
                PickleValue value = pop();
                PickleValue key = pop();
                set(List.of(key, value));
            }
            case 'u' -> set(popToMark()); // SETITEMS
            case 0x8f -> push(new Inert("a set")); // EMPTY_SET
            case 0x90 -> { // ADDITEMS
                popToMark();
                expect(peek(), Inert.class);
            }
            case 0x91 -> { // FROZENSET
                popToMark();
                push(new Inert("a frozenset"));
            }

            case 'q' -> memo.put((long) in.uint8(), peek()); // BINPUT
            case 'r' -> memo.put(in.uint32(), peek()); // LONG_BINPUT
            case 0x94 -> memo.put((long) memo.size(), peek()); // MEMOIZE
            case 'h' -> recall(in.uint8()); // BINGET
            case 'j' -> recall(in.uint32()); // LONG_BINGET

            case 'c' -> global(in.line(), in.line()); // GLOBAL
            case 0x93 -> { // STACK_GLOBAL
                String name = expect(pop(), Str.class).value();
                global(expect(pop(), Str.class).value(), name);
            }
            case 'R' -> call(); // REDUCE
            case 0x81 -> create(); // NEWOBJ: cls.__new__(cls, *args)
            case 0x92 -> { // NEWOBJ_EX
                pop();
                create();
            }
            case 'b' -> build(); // BUILD
            case 'Q' -> persistent(); // BINPERSID

            default ->
                throw problem(
                        "the pickle has opcode 0x" + Integer.toHexString(opcode)
                                + (opcode > ' ' && opcode < 127 ? " ('" + (char) opcode + "')" : "")
                                + ", which torch.save does not write with protocols 2 to 5: the file is damaged or not PyTorch's");
        }
    }

    private void protocol(int protocol) {
        if (protocol < 2 || protocol > 5) {
            throw problem("the pickle is of protocol " + protocol + ", 2 to 5 are read");
        }
    }

    private void integer(long count) {
        if (count > LONGEST_INT) {
            throw problem("the pickle has an int of " + count + " bytes");
        }
        byte[] bytes = in.take(count).array();
        for (int i = 0, j = bytes.length - 1; i < j; i++, j--) { // BigInteger has the highest byte first
            byte swap = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = swap;
        }
        BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
        push(value.bitLength() < Long.SIZE ? new Int(value.longValue()) : new BigInt(value));
    }

    private void bytes(long count) {
        in.skip(count);
        push(new Inert("bytes"));
    }

    private void tuple(int count) {
        PickleValue[] items = new PickleValue[count];
        for (int i = count - 1; i >= 0; i--) {
            items[i] = pop();
        }
        push(new Tuple(List.of(items)));
    }

    private void append(List<PickleValue> items) {
        PickleValue target = peek();
        if (target instanceof PyList list) {
            list.items().addAll(items);
        } else if (!(target instanceof Inert || target instanceof PyObject)) {
            throw problem("the pickle appends to " + target.kind());
        }
    }

    private void set(List<PickleValue> pairs) {
        PickleValue target = peek();
        if (pairs.size() % 2 != 0) {
            throw problem("the pickle sets a key without a value");
        }
        if (target instanceof Dict dict) {
            for (int i = 0; i < pairs.size(); i += 2) {
                dict.put(pairs.get(i), pairs.get(i + 1));
            }
        } else if (!(target instanceof Inert || target instanceof PyObject)) {
            throw problem("the pickle sets items of " + target.kind());
        }
    }

    private void recall(long index) {
        PickleValue value = memo.get(index);
        if (value == null) {
            throw problem("the pickle recalls value " + index + ", which it has not stored");
        }
        push(value);
    }

    private void global(String module, String name) {
        String full = module + "." + name;
        Global global = PickleGlobals.find(full);
        push(global == null ? new Stranger(full, at) : global);
    }

    /**
     * An object of a class. For what is on the allow-list the same as a call; an object of any other class is a name and, later,
     * a dict of attributes. Its class is not looked up, and no code of it runs: neither {@code __new__} nor {@code
     * __setstate__}.
     */
    private void create() {
        if (stack.size() >= floor() + 2 && stack.get(stack.size() - 2) instanceof Stranger stranger) {
            expect(pop(), Tuple.class);
            pop();
            push(new PyObject(stranger.name()));
        } else {
            call();
        }
    }

    private void call() {
        Tuple arguments = expect(pop(), Tuple.class);
        PickleValue called = pop();
        if (called instanceof Stranger stranger) {
            String name = stranger.name();
            throw in.problem(
                    stranger.at(),
                    "the pickle calls "
                            + (name.length() <= LONGEST_GLOBAL ? name : name.substring(0, LONGEST_GLOBAL) + "...")
                            + ", which is neither tensor nor plain data and could run any code, so it is refused. If the"
                            + " file is a whole module or a checkpoint with objects in it" + SAVE_TENSORS);
        }
        Global callee = expect(called, Global.class);
        try {
            push(rebuild.call(callee, arguments));
        } catch (Rebuild.Refused e) {
            throw problem(e.getMessage());
        }
    }

    /** Attributes: kept of an object; of an OrderedDict its {@code _metadata}, of an option its fields are not needed. */
    private void build() {
        PickleValue state = pop();
        PickleValue target = peek();
        if (target instanceof PyObject object) {
            if (state instanceof Dict attributes) {
                object.setAttributes(attributes);
            }
        } else if (!(target instanceof Dict || target instanceof PickleValue.View || target instanceof Inert)) {
            throw problem("the pickle sets attributes of " + target.kind());
        }
    }

    private void persistent() {
        PickleValue id = pop();
        // A legacy file of a whole module has the source code of each class beside its name: ('module', class, file,
        // code).
        if (id instanceof Tuple tuple
                && tuple.items().size() == 4
                && tuple.items().get(0) instanceof Str tag
                && tag.value().equals("module")
                && tuple.items().get(1) instanceof Stranger stranger) {
            push(stranger);
            return;
        }
        Storage storage;
        try {
            storage = rebuild.storage(id);
        } catch (Rebuild.Refused e) {
            throw problem(e.getMessage());
        }
        Storage whole = new Storage(storage.dtype(), storage.key(), storage.length(), 0, storage.length());
        Storage known = storages.putIfAbsent(storage.key(), whole);
        if (known != null && !known.equals(whole)) {
            throw problem("the pickle describes storage '" + storage.key() + "' in two ways: " + known.length() + " of "
                    + known.dtype() + " and " + whole.length() + " of " + whole.dtype());
        }
        push(storage);
    }

    private void push(PickleValue value) {
        stack.add(value);
    }

    private PickleValue peek() {
        if (stack.size() <= floor()) {
            throw problem("the pickle takes a value where there is none");
        }
        return stack.get(stack.size() - 1);
    }

    private PickleValue pop() {
        PickleValue value = peek();
        stack.remove(stack.size() - 1);
        return value;
    }

    private List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw problem("the pickle looks for a mark where there is none");
        }
        List<PickleValue> above = stack.subList(marks.remove(marks.size() - 1), stack.size());
        List<PickleValue> values = List.copyOf(above);
        above.clear();
        return values;
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private <V extends PickleValue> V expect(PickleValue value, Class<V> type) {
        if (!type.isInstance(value)) {
            throw problem("the pickle has " + value.kind() + " where "
                    + (type == Tuple.class ? "a tuple" : type == Str.class ? "a str" : "another kind of value")
                    + " should be");
        }
        return type.cast(value);
    }

    private ModelException problem(String what) {
        return in.problem(at, what);
    }
}
