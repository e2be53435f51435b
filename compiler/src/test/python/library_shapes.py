"""Objects with the attributes of circuits of Python libraries, and what those libraries say of rows.

Each library's forward pass is written here once more with plain lists, from the formulas in its
sources; the exporter knows nothing of it. Writes NAME.json and NAME.expected.json for each.

    python library_shapes.py FOLDER_OF_THE_EXPORTER OUTPUT_FOLDER
"""

import itertools
import json
import math
import os
import random
import sys

sys.path.insert(0, sys.argv[1])
import ugmm_export  # noqa: E402

rnd = random.Random(7)


class Tensor:
    """As much of a tensor as an exporter may count on."""

    def __init__(self, values):
        self._values = values

    def detach(self):
        return self

    def cpu(self):
        return self

    def tolist(self):
        return self._values


def make(kind, module="", **fields):
    o = type(kind, (), {"__module__": module})()
    o.__dict__.update(fields)
    return o


def tensor(shape, draw):
    if not shape:
        return draw()
    return [tensor(shape[1:], draw) for _ in range(shape[0])]


def softmax(x):
    total = sum(math.exp(v) for v in x)
    return [math.exp(v) / total for v in x]


def normal(x, mean, scale):
    return math.exp(-0.5 * ((x - mean) / scale) ** 2) / (scale * math.sqrt(2 * math.pi))


def gauss():
    return rnd.gauss(0, 1)


def share():
    return rnd.uniform(0.1, 0.9)


def publish(name, model, rows, density):
    path = os.path.join(sys.argv[2], name)
    ugmm_export.save(model, path + ".json")
    with open(path + ".expected.json", "w") as out:
        json.dump({"rows": rows, "logs": [math.log(density(row)) for row in rows]}, out)


REALS = [[gauss() for _ in range(4)] for _ in range(6)]
BITS = [list(row) for row in itertools.product(range(2), repeat=4)]


# ---- EinsumNetworks: two ways to split four variables, mixed at the root, two classes


def einsum_networks():
    K, S, C = 2, 3, 2
    phi = tensor((4, K, 2), lambda: None)
    for v, k, r in itertools.product(range(4), range(K), range(2)):
        mean = gauss()
        phi[v][k][r] = [mean, mean ** 2 + share()]
    array = make("NormalArray", num_dims=1, _use_em=True, params=Tensor(phi))
    leaf_layer = make("FactorizedLeafLayer", ef_array=array)

    def node(layer, idx, **more):
        return make("Node", einet_address=make("Address", layer=layer, idx=idx, **more))

    leaves = []
    for idx, (scope, replica) in enumerate([((0, 1), 0), ((2, 3), 0), ((0, 2), 1), ((1, 3), 1)]):
        leaf = node(leaf_layer, idx, replica_idx=replica)
        leaf.scope = scope
        leaves.append(leaf)
    leaf_layer.nodes = leaves
    w = tensor((K, K, C, 2), share)
    for o, p in itertools.product(range(C), range(2)):
        total = sum(w[i][j][o][p] for i in range(K) for j in range(K))
        for i, j in itertools.product(range(K), range(K)):
            w[i][j][o][p] /= total
    pairs = [(leaves[0], leaves[1]), (leaves[2], leaves[3])]
    root = make("Node")
    einsum = make("EinsumLayer", inputs=pairs, _use_em=True, params=Tensor(w),
                  mixing_component_idx={root: [0, 1]})
    logits = tensor((C, 1, 2), gauss)
    mixing = make("EinsumMixingLayer", nodes=[root], layers=[einsum], _use_em=False,
                  params=Tensor(logits), mixing_component_idx={root: [0, 1]},
                  reparam=lambda t: Tensor([[softmax(row) for row in o] for o in t.tolist()]))
    model = make("EinsumNetwork", "EinsumNetwork.EinsumNetwork",
                 einet_layers=[leaf_layer, einsum, mixing])

    def prob(row, c):
        def unit(leaf, k):
            r = leaf.einet_address.replica_idx
            return math.prod(normal(row[v], phi[v][k][r][0],
                                    math.sqrt(phi[v][k][r][1] - phi[v][k][r][0] ** 2))
                             for v in leaf.scope)
        parts = [sum(w[i][j][c][p] * unit(left, i) * unit(right, j)
                     for i in range(K) for j in range(K)) for p, (left, right) in enumerate(pairs)]
        return sum(a * b for a, b in zip(softmax(logits[c][0]), parts))

    rows = [row + [c] for row in REALS for c in range(C)]
    publish("einsum_networks", model, rows, lambda row: prob(row[:4], row[4]) / C)


# ---- simple-einet: both kinds of layers, three repetitions


def simple_einet(kind):
    R, L, S = 3, 2, 3
    means, stds = tensor((4, L, R), gauss), tensor((4, L, R), share)
    base = make("Normal", num_channels=1, num_leaves=L, _get_base_distribution=lambda: make(
        "Normal", loc=Tensor([[means]]), scale=Tensor([[stds]])))
    orders = [[0, 1, 2, 3], [2, 0, 3, 1], [3, 1, 0, 2]]
    scopes = tensor((4, 4, R), lambda: 0.0)
    for r, order in enumerate(orders):
        for o, f in enumerate(order):
            scopes[f][o][r] = 1.0
    if kind == "EinsumLayer":
        shapes = [(2, S, R, L, L), (1, 1, R, S, S)]
    else:
        shapes = [(2, L, S, R), (1, S, 1, R)]
    logits = [tensor(shape, gauss) for shape in shapes]
    mixing = tensor((1, 1, R), gauss)
    model = make("Einet", "simple_einet.einet", leaf=make(
        "FactorizedLeaf", base_leaf=base, scopes=Tensor(scopes)), layers=[
            make(kind, logits=Tensor(x)) for x in logits],
        mixing=make("MixingLayer", logits=Tensor(mixing)))

    def density(row):
        x = [[[normal(row[orders[r][o]], means[orders[r][o]][k][r], stds[orders[r][o]][k][r])
               for r in range(R)] for k in range(L)] for o in range(4)]
        for w in logits:
            y = []
            for d in range(len(x) // 2):
                a, b = x[2 * d], x[2 * d + 1]
                outs = len(w[d]) if kind == "EinsumLayer" else len(w[d][0])
                y.append([[0.0] * R for _ in range(outs)])
                for o, r in itertools.product(range(outs), range(R)):
                    if kind == "EinsumLayer":
                        p = softmax([v for line in w[d][o][r] for v in line])
                        y[d][o][r] = sum(p[i * len(b) + j] * a[i][r] * b[j][r]
                                         for i in range(len(a)) for j in range(len(b)))
                    else:
                        p = softmax([w[d][i][o][r] for i in range(len(a))])
                        y[d][o][r] = sum(p[i] * a[i][r] * b[i][r] for i in range(len(a)))
            x = y
        return sum(p * v for p, v in zip(softmax(mixing[0][0]), x[0][0]))

    publish("simple_einet_" + kind, model, REALS, density)


# ---- PyJuice: blocks of two nodes, a product by blocks and one by nodes, tied leaves


def pyjuice():
    flat = [share() for _ in range(4)]
    tables = [softmax([gauss(), gauss()]) for _ in range(8)]

    def nodes(kind, chs, blocks, block, **more):
        more.setdefault("is_tied", lambda: False)
        return make(kind, "pyjuice.nodes", chs=chs, num_node_blocks=blocks, block_size=block, **more)

    coins = nodes("InputNodes", [], 2, 2, scope={0}, dist=make("Bernoulli"),
                  get_params=lambda: Tensor(flat))
    tied = nodes("InputNodes", [], 2, 2, scope={1}, dist=make("Bernoulli"), get_params=lambda: None,
                 is_tied=lambda: True, get_source_ns=lambda: coins)
    dice = [nodes("InputNodes", [], 2, 2, scope={v}, dist=make("Categorical"), get_params=lambda h=h:
                  Tensor([p for t in tables[h:h + 4] for p in t])) for v, h in ((2, 0), (3, 4))]
    left = nodes("ProdNodes", [coins, tied], 2, 2, edge_ids=Tensor([[0, 1], [1, 0]]))
    right = nodes("ProdNodes", dice, 2, 2, edge_ids=Tensor([[0, 3], [1, 1], [2, 0], [3, 2]]))

    def sums(chs, blocks, block, edges):
        w = [tensor((block, 2), share) for _ in edges[0]]
        for parent in range(blocks):
            for i in range(block):
                own = [e for e, p in enumerate(edges[0]) if p == parent]
                total = sum(sum(w[e][i]) for e in own)
                for e in own:
                    w[e][i] = [x / total for x in w[e][i]]
        return nodes("SumNodes", chs, blocks, block, edge_ids=Tensor(edges), ch_block_size=2,
                     get_params=lambda: Tensor(w)), w

    a, wa = sums([left], 1, 2, [[0, 0], [0, 1]])
    b, wb = sums([right], 1, 2, [[0, 0], [1, 0]])
    top = nodes("ProdNodes", [a, b], 1, 2, edge_ids=Tensor([[0, 0]]))
    root, wr = sums([top], 1, 1, [[0], [0]])

    def density(row):
        coin = [[p if x else 1 - p for p in flat] for x in row[:2]]
        die = [[tables[4 * d + n][row[2 + d]] for n in range(4)] for d in range(2)]
        l = [coin[0][n] * coin[1][(n + 2) % 4] for n in range(4)]
        r = [die[0][n] * die[1][m] for n, m in ((0, 3), (1, 1), (2, 0), (3, 2))]
        sa = [sum(wa[e][i][j] * l[2 * e + j] for e in range(2) for j in range(2)) for i in range(2)]
        sb = [sum(wb[e][i][j] * r[2 * (1 - e) + j] for e in range(2) for j in range(2))
              for i in range(2)]
        return sum(wr[0][0][j] * sa[j] * sb[j] for j in range(2))

    model = make("TensorCircuit", "pyjuice.model", root_ns=root)
    publish("pyjuice", model, BITS, density)


# ---- cirkit: Kronecker and Hadamard products, one leaf by logits


def cirkit():
    means, scales = tensor((1, 2), gauss), tensor((1, 2), share)
    logits, probs = tensor((1, 2, 1, 2), gauss), [[softmax([gauss(), gauss()]) for _ in range(4)]]
    w, top = tensor((1, 4, 4), share), tensor((1, 1, 1, 8), share)

    def layer(kind, inputs, **more):
        return make(kind, num_folds=1, below=inputs, **more)

    x = layer("TorchGaussianLayer", [], scope_idx=Tensor([[0]]), mean=lambda: Tensor(means),
              stddev=lambda: Tensor(scales), log_partition=None)
    y = layer("TorchCategoricalLayer", [], scope_idx=Tensor([[1]]), probs=None,
              logits=lambda: Tensor(logits))
    z = layer("TorchCategoricalLayer", [], scope_idx=Tensor([[2]]), logits=None,
              probs=lambda: Tensor(probs))
    xy = layer("TorchKroneckerLayer", [x, y])
    mixed = layer("TorchSumLayer", [xy], weight=lambda: Tensor(w))
    xyz = layer("TorchHadamardLayer", [mixed, z])
    zyx = layer("TorchHadamardLayer", [z, xy])
    root = layer("TorchSumLayer", [xyz, zyx], weight=lambda: Tensor(top))
    order = [x, y, z, xy, mixed, xyz, zyx, root]
    model = make("TorchCircuit", "cirkit.backend.torch.circuits", outputs=[root],
                 topological_ordering=lambda: iter(order), layer_inputs=lambda l: l.below)

    def value(row):
        a = [normal(row[0], m, s) for m, s in zip(means[0], scales[0])]
        b = [math.exp(unit[0][row[1]]) for unit in logits[0]]
        c = [p[row[2]] for p in probs[0]]
        k = [p * q for p in a for q in b]
        s = [sum(p * q for p, q in zip(line, k)) for line in w[0]]
        return sum(p * q for p, q in zip(
            top[0][0][0], [p * q for p, q in zip(s, c)] + [p * q for p, q in zip(c, k)]))

    rows = [[row[0], a, b] for row in REALS for a in range(2) for b in range(2)]
    total = sum(top[0][0][0][u] * sum(w[0][u][2 * i + j] * sum(math.exp(v) for v in logits[0][j][0])
                                      for i in range(2) for j in range(2)) for u in range(4))
    total += sum(top[0][0][0][4 + 2 * i + j] * sum(math.exp(v) for v in logits[0][j][0])
                 for i in range(2) for j in range(2))
    publish("cirkit", model, rows, lambda row: value(row) / total)


# ---- SPFlow 1.x: splits of both kinds, both products, channels and repetitions


def spflow_modules():
    F, C, R = 4, 2, 2
    means, scales = tensor((F, C, R), gauss), tensor((F, C, R), share)

    def module(kind, **more):
        return make(kind, "spflow.modules", **more)

    leaf = module("Normal", scope=make("Scope", query=(0, 1, 2, 3)), loc=Tensor(means),
                  scale=Tensor(scales))

    def weights(features, ins, outs):
        w = tensor((features, ins, outs, R), lambda: 0.0)
        for f, o, r in itertools.product(range(features), range(outs), range(R)):
            for i, p in enumerate(softmax([gauss() for _ in range(ins)])):
                w[f][i][o][r] = p
        return w

    outer = module("OuterProduct", inputs=[module("SplitInterleaved", inputs=leaf, num_splits=2)])
    w1 = weights(2, 4, 3)
    first = module("Sum", inputs=outer, weights=Tensor(w1))
    pair = module("ElementwiseProduct", inputs=[
        module("SplitConsecutive", inputs=[first], num_splits=2)])
    plain = module("Product", inputs=leaf)
    both = module("Cat", inputs=[pair, plain], dim=2)
    w2 = weights(1, 5, 2)
    second = module("Sum", inputs=both, weights=Tensor(w2))
    coin = module("Bernoulli", scope=make("Scope", query=(4,)), probs=Tensor([[[0.3], [0.8]]]))
    joined = module("ElementwiseProduct", inputs=[second, coin])
    # the root takes one repetition: a mixture over the channels of the first
    w3 = [[[[0.25]], [[0.75]]]]
    root = module("Sum", inputs=joined, weights=Tensor(w3))

    def density(row):
        r = 0
        x = [[normal(row[f], means[f][k][r], scales[f][k][r]) for k in range(C)] for f in range(F)]
        o = [[a * b for a in x[2 * f] for b in x[2 * f + 1]] for f in range(2)]
        s = [[sum(w1[f][i][k][r] * o[f][i] for i in range(4)) for k in range(3)] for f in range(2)]
        p = [s[0][k] * s[1][k] for k in range(3)] + [
            math.prod(x[f][k] for f in range(F)) for k in range(C)]
        t = [sum(w2[0][i][k][r] * p[i] for i in range(5)) for k in range(2)]
        q = [t[k] * (b if row[4] else 1 - b) for k, b in enumerate((0.3, 0.8))]
        return 0.25 * q[0] + 0.75 * q[1]

    publish("spflow_modules", root, [row + [b] for row in REALS for b in range(2)], density)


einsum_networks()
simple_einet("EinsumLayer")
simple_einet("LinsumLayer")
pyjuice()
cirkit()
spflow_modules()
