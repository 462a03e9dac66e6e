# Writes the files of this folder: the layout is that of Keras' own files (see README.md), the numbers are a formula.
# Needs h5py and numpy, not Keras: python3 make.py
import json, math, io, zipfile
import h5py, numpy as np

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}


class Numbers:
    """Array n, element k: 0.6 * sin(1.7 n + 0.37 k), n counted from 0 over a file."""

    def __init__(self):
        self.n = 0

    def array(self, *shape, dtype="float32"):
        count = int(np.prod(shape))
        values = [0.6 * math.sin(1.7 * self.n + 0.37 * k) for k in range(count)]
        self.n += 1
        return np.array(values, dtype=dtype).reshape(shape)


def rnn(kind, units, name=None, **config):
    base = {"name": name or kind.lower(), "trainable": True, "dtype": "float32", "return_sequences": False,
            "return_state": False, "go_backwards": False, "stateful": False, "unroll": False, "units": units,
            "activation": "tanh", "use_bias": True, "dropout": 0.0, "recurrent_dropout": 0.0}
    if kind != "SimpleRNN":
        base["recurrent_activation"] = "sigmoid"
    if kind == "GRU":
        base["reset_after"] = True
    if kind == "LSTM":
        base["unit_forget_bias"] = True
    return {"module": "keras.layers", "class_name": kind, "config": {**base, **config}, "registered_name": None}


def layer(kind, name, **config):
    return {"module": "keras.layers", "class_name": kind, "config": {"name": name, "dtype": "float32", **config},
            "registered_name": None}


def bidirectional(inner, name, legacy=False, **config):
    backward = json.loads(json.dumps(inner))
    backward["config"]["go_backwards"] = True
    backward["config"]["name"] = "backward_" + inner["config"]["name"]
    extra = {} if legacy else {"backward_layer": backward}
    return layer("Bidirectional", name, layer=inner, merge_mode="concat", **extra, **config)


def weights(numbers, config, kind, width):
    units, gates = config["units"], GATES[kind]
    arrays = [("kernel", numbers.array(width, gates * units)),
              ("recurrent_kernel", numbers.array(units, gates * units))]
    if config["use_bias"]:
        two = kind == "GRU" and config["reset_after"]
        arrays.append(("bias", numbers.array(*((2, gates * units) if two else (gates * units,)))))
    return arrays


def cells(numbers, node, width):
    """[(where in the layer, arrays)] and the width of what the layer gives."""
    kind, config = node["class_name"], node["config"]
    if kind in GATES:
        return [("", weights(numbers, config, kind, width))], config["units"]
    if kind == "Bidirectional":
        inner = config["layer"]
        both = [(side, weights(numbers, inner["config"], inner["class_name"], width))
                for side in ("forward_layer", "backward_layer")]
        return both, 2 * inner["config"]["units"]
    if kind == "Dense":
        return [("dense", [("kernel", numbers.array(width, config["units"])), ("bias", numbers.array(config["units"]))])], config["units"]
    return [], width


def snake(name):
    import re
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def keras3(path, nodes, width, config, libver="earliest", version="3.8.0", widths=None):
    numbers = Numbers()
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=libver) as f:
        f.create_group("vars")
        used = {}
        for i, node in enumerate(nodes):
            if node["class_name"] == "InputLayer":
                continue
            name = snake(node["class_name"])
            used[name] = used.get(name, -1) + 1
            place = "layers/" + (name if used[name] == 0 else f"{name}_{used[name]}")
            f.create_group(place + "/vars")
            found, out = cells(numbers, node, widths[i] if widths else width)
            width = out
            for side, arrays in found:
                inside = f"{place}/vars" if side == "dense" else f"{place}/{side}/cell/vars" if side else f"{place}/cell/vars"
                for i2, (_, array) in enumerate(arrays):
                    f[f"{inside}/{i2}"] = array
    with zipfile.ZipFile(path, "w") as z:
        for record, data in (("metadata.json", json.dumps({"keras_version": version, "date_saved": "2025-01-01@00:00:00"})),
                             ("config.json", json.dumps(config)), ("model.weights.h5", buffer.getvalue())):
            z.writestr(zipfile.ZipInfo(record), data)


def sequential(nodes):
    return {"module": "keras", "class_name": "Sequential", "registered_name": None, "compile_config": None,
            "config": {"name": "sequential", "trainable": True, "dtype": "float32", "layers": nodes}}


def legacy(path, nodes, width, config, version="2.11.0", libver="earliest"):
    numbers = Numbers()
    with h5py.File(path, "w", libver=libver) as f:
        f.attrs["backend"] = "tensorflow"
        f.attrs["keras_version"] = version
        f.attrs["model_config"] = json.dumps(config)
        group = f.create_group("model_weights")
        group.attrs["layer_names"] = [n["config"]["name"].encode() for n in nodes if n["class_name"] != "InputLayer"]
        group.attrs["backend"] = b"tensorflow"
        for node in nodes:
            name = node["config"]["name"]
            found, width = cells(numbers, node, width)
            g = group.create_group(name)
            names = []
            for side, arrays in found:
                kind = snake(node["class_name"])
                inner = node["config"].get("layer", node)["config"]["name"]
                prefix = {"": f"{name}/{kind}_cell", "dense": name, "forward_layer": f"{name}/forward_{inner}/cell_1",
                          "backward_layer": f"{name}/backward_{inner}/cell_2"}[side]
                for what, array in arrays:
                    names.append(f"{prefix}/{what}:0")
                    g[names[-1]] = array
            g.attrs["weight_names"] = [n.encode() for n in names]
        g = f.create_group("optimizer_weights")
        g["Adam/iter:0"] = np.int64(7)


def model2(nodes):
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": nodes}}


input3 = layer("InputLayer", "input_layer", batch_shape=[None, None, 3])
dense = layer("Dense", "head", units=2, activation="linear", use_bias=True)

nodes = [input3, rnn("SimpleRNN", 4, "simple_rnn_7", activation="softsign")]
keras3("simple_rnn.keras", nodes, 3, sequential(nodes), libver="latest")

nodes = [input3, layer("Masking", "mask", mask_value=0.0), rnn("LSTM", 5, "lower", return_sequences=True),
         layer("Dropout", "drop", rate=0.5), rnn("LSTM", 4, "upper", recurrent_activation="hard_sigmoid", activation="relu"), dense]
keras3("lstm_stack.keras", nodes, 3, sequential(nodes))
nodes = nodes[:4] + [rnn("LSTM", 4, "upper", recurrent_activation="hard_sigmoid", activation="relu"), dense]
legacy("lstm_stack.h5", nodes, 3, model2(nodes))

nodes = [input3, rnn("GRU", 4, "gru", return_sequences=True, activation="elu")]
keras3("gru.keras", nodes, 3, sequential(nodes))
nodes = [input3, rnn("GRU", 4, "gru", reset_after=False), dense]
legacy("gru_before.h5", nodes, 3, model2(nodes), libver="latest")
nodes = [input3, rnn("GRU", 3, "gru", reset_after=False, use_bias=False, recurrent_activation="hard_sigmoid")]
keras3("gru_before_nobias.keras", nodes, 3, sequential(nodes), libver="latest")

nodes = [input3, bidirectional(rnn("LSTM", 3, "a", return_sequences=True), "bi_a"),
         bidirectional(rnn("GRU", 2, "b"), "bi_b"), dense]
keras3("bidirectional.keras", nodes, 3, sequential(nodes))
legacy_nodes = [input3, bidirectional(rnn("LSTM", 3, "a", return_sequences=True), "bi_a", legacy=True),
                bidirectional(rnn("GRU", 2, "b"), "bi_b", legacy=True), dense]
legacy("bidirectional.h5", legacy_nodes, 3, model2(legacy_nodes), version="3.4.1")

nodes = [input3, rnn("SimpleRNN", 3, "r", return_sequences=True, go_backwards=True),
         rnn("LSTM", 2, "s", return_sequences=True), bidirectional(rnn("GRU", 2, "t", return_sequences=True), "u"),
         rnn("GRU", 3, "v", return_sequences=True, go_backwards=True)]
keras3("backwards.keras", nodes, 3, sequential(nodes))
nodes = nodes[:2] + [bidirectional(rnn("GRU", 2, "t", return_sequences=True), "u")]
keras3("backwards_last.keras", nodes, 3, sequential(nodes))


def tensor(name, index=0):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, None, 3], "dtype": "float32", "keras_history": [name, 0, index]}}


def call(node, *sources, kwargs=None, together=False):
    args = [tensor(*s) if isinstance(s, tuple) else tensor(s) for s in sources]
    node = dict(node, name=node["config"]["name"])
    node["inbound_nodes"] = [] if not sources else [{"args": [args] if together else args, "kwargs": kwargs or {}}]
    return node


nodes = [call(input3), call(rnn("LSTM", 4, "first", return_sequences=True), "input_layer"),
         call(rnn("GRU", 2, "other", return_state=True), "input_layer"), call(layer("Dropout", "drop", rate=0.1), "first"),
         call(rnn("LSTM", 3, "second"), "drop"), call(layer("Concatenate", "both", axis=-1), "second", "other", together=True),
         call(dense, "both")]
functional = {"module": "keras", "class_name": "Functional", "registered_name": "Functional",
              "config": {"name": "functional", "layers": nodes, "input_layers": [["input_layer", 0, 0]], "output_layers": [["head", 0, 0]]}}
keras3("functional.keras", nodes, 3, functional, widths=[3, 3, 3, 4, 4, 0, 5])

with h5py.File("only.weights.h5", "w") as f:
    f["layers/lstm/cell/vars/0"] = np.zeros((2, 4), "float32")
