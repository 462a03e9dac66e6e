# Writes the files of this folder from ../golden/seed_torch_rnn: python3 make.py
import json, struct, zipfile

golden = "../golden/seed_torch_rnn/"


def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + n])
    header.pop("__metadata__", None)
    return {k: (v["shape"], data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]) for k, v in header.items()}


def write(path, records):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        for name, data in records:
            z.writestr(zipfile.ZipInfo(name), data)


def config(names):
    meta = {}
    for i, (name, (shape, data)) in enumerate(names.items()):
        strides = [1] * len(shape)
        for d in range(len(shape) - 2, -1, -1):
            strides[d] = strides[d + 1] * shape[d + 1]
        meta["rnn." + name] = {"path_name": f"weight_{i}", "is_param": True, "use_pickle": False, "tensor_meta": {
            "dtype": 7, "sizes": [{"as_int": s} for s in shape], "requires_grad": True, "device": {"type": "cpu", "index": None},
            "strides": [{"as_int": s} for s in strides], "storage_offset": {"as_int": 0}, "layout": 7}}
    return json.dumps({"config": meta})


tensors = read(golden + "model.safetensors")
write("export.pt2", [("model/archive_format", b"pt2"), ("model/archive_version", b"0"), ("model/byteorder", b"little"),
                     ("model/models/model.json", b"{}")]
      + [(f"model/data/weights/weight_{i}", data) for i, (_, data) in enumerate(tensors.values())]
      + [("model/data/weights/model_weights_config.json", config(tensors)), ("model/.data/version", b"3\n")])
write("export_2_8.pt2", [("model/archive_format", b"pt2"), ("model/byteorder", b"little"),
                         ("model/data/weights/model.pt", open(golden + "model.pt", "rb").read())])
write("export_2_5.pt2", [("serialized_exported_program.json", b"{}"),
                         ("serialized_state_dict.pt", open(golden + "model.pt", "rb").read()), ("version", b"8.2")])
