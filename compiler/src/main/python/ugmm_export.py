"""Writes circuits and mixtures of Python libraries as ugmm-graph/1, which ugmm reads.

One file without dependencies of its own; it runs beside the library whose model it writes:

    import ugmm_export
    ugmm_export.save(model, "model.json", names=["a", "b"])   # what the model is, is recognised

    python ugmm_export.py model.joblib model.json              # from a shell; opens the pickle

Written for: scikit-learn (GaussianMixture, GaussianNB, BernoulliNB, CategoricalNB);
SPFlow 0.x (spn.structure) and whatever has Sum and Product nodes with `children` and `weights` over
leaves Gaussian, Bernoulli, Categorical with a `scope`; SPFlow 1.x (spflow.modules), cirkit (a circuit
compiled with fold=False, optimize=False), PyJuice (root nodes, or a TensorCircuit), simple-einet and
EinsumNetworks. The last five are written against the attributes that the sources of these libraries
document and tried on objects of that shape, not with the libraries; what is not known is an error.
Several roots become the classes of a variable `class` with equal priors. `einsum_layers` takes the
tensors of any other layered library.
"""

import json
import math
import sys


class Graph:
    """Collects nodes, children first."""

    def __init__(self, variables):
        self.variables = variables
        self.nodes = []
        self._known = {}

    def _add(self, kind, fields):
        key = json.dumps([kind, fields], sort_keys=True)
        if key not in self._known:
            self._known[key] = len(self.nodes)
            self.nodes.append({kind: fields})
        return self._known[key]

    def gaussian(self, name, mean, scale):
        return self._add("gaussian", {"variable": name, "mean": float(mean), "scale": float(scale)})

    def gaussian_block(self, names, mean, covariance):
        """Several variables at once; of the covariance the lower triangle counts."""
        rows = [[float(covariance[max(i, j)][min(i, j)]) for j in range(len(names))]
                for i in range(len(names))]
        return self._add("gaussianBlock", {"variables": [str(n) for n in names],
                                           "mean": [float(m) for m in mean], "covariance": rows})

    def categorical(self, name, probabilities):
        p = [float(x) for x in probabilities]
        return self._add("categorical", {"variable": name, "probabilities": p})

    def product(self, children):
        children = list(children)
        return children[0] if len(children) == 1 else self._add("product", {"children": children})

    def sum(self, children, weights):
        return self._add(
            "sum", {"children": list(children), "weights": [float(w) for w in weights]})

    def document(self, root):
        return {"format": "ugmm-graph/1", "variables": self.variables,
                "nodes": self.nodes, "root": root}


def real(name):
    return {"name": str(name), "kind": "real"}


def categorical(name, states):
    return {"name": str(name), "kind": "categorical", "states": [str(s) for s in states]}


def _names(model, count, names):
    if names is None:
        names = getattr(model, "feature_names_in_", None)
    return [str(n) for n in names] if names is not None else ["x%d" % i for i in range(count)]


# ---- scikit-learn


def sklearn(model, names=None):
    kind = type(model).__name__
    if kind in ("GaussianMixture", "BayesianGaussianMixture"):
        k, d = len(model.means_), len(model.means_[0])
        names = _names(model, d, names)
        g = Graph([real(n) for n in names])
        if model.covariance_type in ("full", "tied"):
            tied = model.covariance_type == "tied"
            parts = [g.gaussian_block(names, model.means_[c],
                                      model.covariances_ if tied else model.covariances_[c])
                     for c in range(k)]
            return g.document(g.sum(parts, model.weights_))
        parts = []
        for c in range(k):
            row = model.covariances_[c]
            variance = row if model.covariance_type == "diag" else [row] * d
            parts.append(g.product([g.gaussian(names[j], model.means_[c][j], math.sqrt(variance[j]))
                                    for j in range(d)]))
        return g.document(g.sum(parts, model.weights_))
    if kind == "GaussianNB":
        variance = model.var_ if hasattr(model, "var_") else model.sigma_
        names = _names(model, model.theta_.shape[1], names)
        g = Graph([real(n) for n in names] + [categorical("class", model.classes_)])
        return _classes(g, model.class_prior_, lambda c: [
            g.gaussian(names[j], model.theta_[c][j], math.sqrt(variance[c][j]))
            for j in range(len(names))])
    if kind == "BernoulliNB":
        logs = model.feature_log_prob_
        names = _names(model, logs.shape[1], names)
        g = Graph([categorical(n, [0, 1]) for n in names] + [categorical("class", model.classes_)])
        return _classes(g, [math.exp(p) for p in model.class_log_prior_], lambda c: [
            g.categorical(names[j], [-math.expm1(logs[c][j]), math.exp(logs[c][j])])
            for j in range(len(names))])
    if kind == "CategoricalNB":
        logs = model.feature_log_prob_
        names = _names(model, len(logs), names)
        g = Graph([categorical(n, range(f.shape[1])) for n, f in zip(names, logs)]
                  + [categorical("class", model.classes_)])
        return _classes(g, [math.exp(p) for p in model.class_log_prior_], lambda c: [
            g.categorical(names[j], [math.exp(x) for x in logs[j][c]]) for j in range(len(names))])
    raise ValueError("no way to write a " + kind)


def _classes(g, priors, leaves):
    terms = []
    for c in range(len(priors)):
        one = [1.0 if s == c else 0.0 for s in range(len(priors))]
        terms.append(g.product([g.categorical("class", one)] + leaves(c)))
    return g.document(g.sum(terms, priors))


# ---- SPFlow 0.x (spn.structure.Base) and objects of the same shape


def spflow(root, names=None):
    """Sum and Product have children, Sum has weights, a leaf has scope and parameters."""
    leaves = [n for n in _below(root) if not getattr(n, "children", None)]
    columns = sorted({leaf.scope[0] for leaf in leaves})
    name = dict(zip(columns, names or ["x%d" % c for c in columns]))
    width = {}
    for leaf in leaves:
        p = _probabilities(leaf)
        if p is not None:
            width[leaf.scope[0]] = max(width.get(leaf.scope[0], 0), len(p))
    g = Graph([categorical(name[c], range(width[c])) if c in width else real(name[c])
               for c in columns])
    done = {}
    for node in _below(root):
        children = getattr(node, "children", None)
        if not children:
            column = node.scope[0]
            p = _probabilities(node)
            if p is not None:
                done[id(node)] = g.categorical(name[column], p + [0.0] * (width[column] - len(p)))
            elif type(node).__name__ in ("Gaussian", "Normal"):
                scale = getattr(node, "stdev", None) or getattr(node, "scale", None) or node.std
                mean = getattr(node, "mean", None)
                done[id(node)] = g.gaussian(name[column], node.loc if mean is None else mean, scale)
            else:
                raise ValueError("no way to write a leaf " + type(node).__name__)
        elif hasattr(node, "weights"):
            done[id(node)] = g.sum([done[id(c)] for c in children], node.weights)
        else:
            done[id(node)] = g.product([done[id(c)] for c in children])
    return g.document(done[id(root)])


def _probabilities(leaf):
    kind = type(leaf).__name__
    if kind == "Bernoulli":
        return [1 - float(leaf.p), float(leaf.p)]
    if kind == "Categorical":
        return [float(x) for x in leaf.p]
    return None


def _below(root, attribute="children"):
    """Every node once, children first, without recursion."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, is_open = stack.pop()
        if is_open:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((c, False) for c in _children(node, attribute))
    return order


def _children(node, attribute):
    children = getattr(node, attribute, None)
    if children is None:
        return []
    try:
        return list(children)
    except TypeError:
        return [children]  # a module with one input


# ---- tensors


def _list(tensor):
    """Nested lists of what a tensor, or anything like it, holds."""
    for step in ("detach", "cpu"):
        if hasattr(tensor, step):
            tensor = getattr(tensor, step)()
    return tensor.tolist() if hasattr(tensor, "tolist") else tensor


def _softmax(logits):
    top = max(logits)
    exps = [math.exp(x - top) for x in logits]
    total = math.fsum(exps)
    return [x / total for x in exps]


def _binomial(n, p):
    return [math.comb(n, k) * p ** k * (1 - p) ** (n - k) for k in range(n + 1)]


class _Circuit:
    """A graph whose variables are known by number and declared by what their leaves are."""

    def __init__(self, names):
        self.graph = Graph([])
        self._names = names
        self._width = {}

    def _name(self, column):
        if self._names is None:
            return "x%d" % column
        return str(self._names[column])

    def gaussian(self, column, mean, scale):
        self._width.setdefault(column, None)
        return self.graph.gaussian(self._name(column), mean, scale)

    def table(self, column, probabilities):
        """A categorical leaf of a weight that need not be 1."""
        p = [float(x) for x in probabilities]
        total = math.fsum(p)
        self._width[column] = max(self._width.get(column) or 0, len(p))
        leaf = self.graph.categorical(self._name(column), [x / total for x in p])
        return leaf if abs(total - 1) < 1e-6 else self.graph.sum([leaf], [total])

    def product(self, children):
        return self.graph.product(children)

    def sum(self, children, weights):
        return self.graph.sum(children, weights)

    def document(self, roots):
        g = self.graph
        for column in sorted(self._width):
            width = self._width[column]
            name = self._name(column)
            g.variables.append(real(name) if width is None else categorical(name, range(width)))
            if width is not None:
                for node in g.nodes:
                    leaf = node.get("categorical")
                    if leaf and leaf["variable"] == name:
                        leaf["probabilities"] += [0.0] * (width - len(leaf["probabilities"]))
        if len(roots) == 1:
            return g.document(roots[0])
        g.variables.append(categorical("class", range(len(roots))))
        terms = []
        for c, root in enumerate(roots):
            one = [1.0 if s == c else 0.0 for s in range(len(roots))]
            terms.append(g.product([g.categorical("class", one), root]))
        return g.document(g.sum(terms, [1 / len(roots)] * len(roots)))


def _unknown(thing, known):
    return ValueError("no way to write a %s; known are %s" % (type(thing).__name__, known))


# ---- EinsumNetworks (Peharz et al. 2020): einet_layers, bottom up


def einsum_networks(model, names=None):
    c = _Circuit(names)
    first = model.einet_layers[0]
    array = first.ef_array
    if array.num_dims != 1:
        raise ValueError("variables of %d dimensions; write each as a variable" % array.num_dims)
    parameters = _list(array.params if array._use_em else array.reparam(array.params))
    units = {}
    for index, node in enumerate(first.nodes):
        replica = node.einet_address.replica_idx
        units[id(first), index] = [
            c.product([_einsum_leaf(c, array, v, parameters[v][k][replica]) for v in node.scope])
            for k in range(len(parameters[0]))]
    for layer in model.einet_layers[1:]:
        weights = _list(layer.params if layer._use_em else layer.reparam(layer.params))
        if hasattr(layer, "inputs"):  # [left][right][sum][product]
            for p, pair in enumerate(layer.inputs):
                left, right = [units[id(n.einet_address.layer), n.einet_address.idx] for n in pair]
                pairs = [c.product([a, b]) for a in left for b in right]
                units[id(layer), p] = [
                    c.sum(pairs, [weights[i][j][o][p]
                                  for i in range(len(left)) for j in range(len(right))])
                    for o in range(len(weights[0][0]))]
        else:  # a mixing layer, [sum][node][component]
            below = id(layer.layers[0])
            for n, node in enumerate(layer.nodes):
                parts = [units[below, p] for p in layer.mixing_component_idx[node]]
                units[id(layer), n] = [
                    c.sum([part[o] for part in parts], weights[o][n][:len(parts)])
                    for o in range(len(weights))]
    return c.document(units[id(model.einet_layers[-1]), 0])


def _einsum_leaf(c, array, v, phi):
    """A leaf from its expected statistics."""
    kind = type(array).__name__
    if kind == "NormalArray":
        return c.gaussian(v, phi[0], math.sqrt(phi[1] - phi[0] ** 2))
    if kind == "BinomialArray":
        n = int(array.N)
        return c.table(v, _binomial(n, min(max(phi[0] / n, 1e-6), 1 - 1e-6)))
    if kind == "CategoricalArray":
        p = [min(max(x, 1e-12), 1.0) for x in phi]
        return c.table(v, [x / math.fsum(p) for x in p])
    raise _unknown(array, "NormalArray, BinomialArray, CategoricalArray")


# ---- simple-einet: a leaf layer, layers bottom up, and a mixture of repetitions


def simple_einet(model, names=None):
    c = _Circuit(names)
    base = model.leaf.base_leaf
    if getattr(base, "num_channels", 1) != 1:
        raise ValueError("several channels a feature; write each as a feature of its own")
    distribution = base._get_base_distribution()
    scopes = _list(model.leaf.scopes)  # [feature][region][repetition], 0 or 1
    leaves = _einet_leaves(c, base, distribution)
    repetitions = len(scopes[0][0])
    units = [[[c.product([leaves(f, k, r) for f in range(len(scopes)) if scopes[f][o][r]])
               for r in range(repetitions)] for k in range(base.num_leaves)]
             for o in range(len(scopes[0]))]  # [region][unit][repetition]
    for layer in model.layers:
        units = _einet_layer(c, layer, units, repetitions)
    roots = units[0]
    if repetitions > 1:
        logits = _list(model.mixing.logits)[0]  # [class][repetition]
        return c.document([c.sum(root, _softmax(logits[k])) for k, root in enumerate(roots)])
    return c.document([root[0] for root in roots])


def _einet_leaves(c, base, d):
    kind = type(base).__name__
    if kind in ("Normal", "RatNormal"):
        means = _list(d.loc if hasattr(d, "loc") else d.mu)[0][0]  # [feature][leaf][repetition]
        sigma = _list(d.scale if hasattr(d, "scale") else d.sigma)
        scales = None if isinstance(sigma, (int, float)) else sigma[0][0]
        return lambda f, k, r: c.gaussian(
            f, means[f][k][r], sigma if scales is None else scales[f][k][r])
    if kind in ("Bernoulli", "Binomial", "Categorical"):
        p = _list(d.probs)[0][0]
        if kind == "Categorical":
            return lambda f, k, r: c.table(f, p[f][k][r])
        total = 1 if kind == "Bernoulli" else int(base.total_count)
        return lambda f, k, r: c.table(f, _binomial(total, p[f][k][r]))
    raise _unknown(base, "Normal, RatNormal, Bernoulli, Binomial, Categorical")


def _einet_layer(c, layer, units, repetitions):
    kind = type(layer).__name__
    logits = _list(layer.logits)
    out = []
    for d in range(len(logits)):
        if kind == "SumLayer":  # [region][in][out][repetition]
            terms = [[units[d][i][r] for i in range(len(units[d]))] for r in range(repetitions)]
        else:
            left, right = units[2 * d], units[2 * d + 1]
        if kind == "EinsumLayer":  # [region][out][repetition][left][right]
            out.append([[c.sum(
                [c.product([a[r], b[r]]) for a in left for b in right],
                _softmax([x for row in logits[d][o][r] for x in row]))
                for r in range(repetitions)] for o in range(len(logits[d]))])
            continue
        if kind == "LinsumLayer":  # as a sum layer, over products of units of one number
            terms = [[c.product([a[r], b[r]]) for a, b in zip(left, right)]
                     for r in range(repetitions)]
        elif kind != "SumLayer":
            raise _unknown(layer, "EinsumLayer, LinsumLayer, SumLayer")
        out.append([[c.sum(terms[r], _softmax([row[o][r] for row in logits[d]]))
                     for r in range(repetitions)] for o in range(len(logits[d][0]))])
    return out


# ---- PyJuice: vectors of nodes in blocks


def pyjuice(root, names=None):
    root = getattr(root, "root_ns", root)
    c = _Circuit(names)
    done = {}
    for ns in _below(root, "chs"):
        kind = type(ns).__name__
        if kind == "InputNodes":
            done[id(ns)] = _juice_leaves(c, ns)
        elif kind == "ProdNodes":
            done[id(ns)] = _juice_products(c, ns, [done[id(ch)] for ch in ns.chs])
        elif kind == "SumNodes":
            done[id(ns)] = _juice_sums(c, ns, [u for ch in ns.chs for u in done[id(ch)]])
        else:
            raise _unknown(ns, "InputNodes, ProdNodes, SumNodes")
    if len(done[id(root)]) != 1:
        raise ValueError("a root of %d nodes; choose one" % len(done[id(root)]))
    return c.document(done[id(root)])


def _juice_parameters(ns):
    source = ns.get_source_ns() if ns.is_tied() else ns
    parameters = source.get_params()
    if parameters is None:
        raise ValueError("%s has no parameters; call init_parameters or update_parameters"
                         % type(ns).__name__)
    return _list(parameters)


def _juice_leaves(c, ns):
    scope = sorted(int(v) for v in ns.scope)
    if len(scope) != 1:
        raise ValueError("input nodes over the variables %s; expected one" % scope)
    kind, flat = type(ns.dist).__name__, _juice_parameters(ns)
    count = ns.num_node_blocks * ns.block_size
    size = len(flat) // count
    rows = [flat[i * size:(i + 1) * size] for i in range(count)]
    if kind == "Gaussian":
        return [c.gaussian(scope[0], mu, sigma) for mu, sigma in rows]
    if kind == "Bernoulli":
        return [c.table(scope[0], [1 - p, p]) for (p,) in rows]
    if kind == "Categorical":
        return [c.table(scope[0], row) for row in rows]
    raise _unknown(ns.dist, "Gaussian, Bernoulli, Categorical")


def _juice_products(c, ns, children):
    edges, block = _list(ns.edge_ids), ns.block_size
    if len(edges) == ns.num_node_blocks:  # blocks of children, node by node
        edges = [[e * block + i for e in row] for row in edges for i in range(block)]
    return [c.product([children[j][e] for j, e in enumerate(row)]) for row in edges]


def _juice_sums(c, ns, children):
    parents, blocks = _list(ns.edge_ids)
    weights = _juice_parameters(ns)  # [edge][node of the block][child of its block]
    block, child_block = ns.block_size, ns.ch_block_size
    terms = [([], []) for _ in range(ns.num_node_blocks * block)]
    for e, (parent, child) in enumerate(zip(parents, blocks)):
        for i in range(block):
            for j in range(child_block):
                terms[parent * block + i][0].append(children[child * child_block + j])
                terms[parent * block + i][1].append(weights[e][i][j])
    return [c.sum(nodes, w) for nodes, w in terms]


# ---- cirkit (april-tools): a circuit compiled for torch, layer by layer, not folded


def cirkit(circuit, names=None):
    c = _Circuit(names)
    units = {}
    for layer in circuit.topological_ordering():
        if layer.num_folds != 1:
            raise ValueError("a folded circuit; compile with fold=False, optimize=False")
        inputs = [units[id(below)] for below in circuit.layer_inputs(layer)]
        units[id(layer)] = _cirkit_layer(c, layer, inputs)
    outputs = list(circuit.outputs)
    if len(outputs) != 1:
        raise ValueError("%d outputs; expected one" % len(outputs))
    return c.document(units[id(outputs[0])])


def _cirkit_layer(c, layer, inputs):
    kind = type(layer).__name__
    if kind == "TorchHadamardLayer":
        return [c.product(row) for row in zip(*inputs)]
    if kind == "TorchKroneckerLayer":  # the first input varies slowest
        rows = [[]]
        for units in inputs:
            rows = [row + [u] for row in rows for u in units]
        return [c.product(row) for row in rows]
    if kind in ("TorchSumLayer", "TorchDenseLayer"):
        weights = _unfolded(layer.weight(), 2)  # [out][inputs, one after the other]
        children = [u for units in inputs for u in units]
        if any(w < 0 for row in weights for w in row):
            raise ValueError("a negative weight; the circuit is no mixture")
        return [c.sum(children, row) for row in weights]
    v = int(_list(layer.scope_idx)[0][0]) if hasattr(layer, "scope_idx") else 0
    if kind == "TorchGaussianLayer":
        leaves = [c.gaussian(v, m, s) for m, s in
                  zip(_unfolded(layer.mean(), 1), _unfolded(layer.stddev(), 1))]
        if getattr(layer, "log_partition", None) is None:
            return leaves
        logs = _unfolded(layer.log_partition(), 1)
        return [c.sum([leaf], [math.exp(z)]) for leaf, z in zip(leaves, logs)]
    if kind == "TorchCategoricalLayer":
        if layer.logits is None:
            return [c.table(v, row) for row in _unfolded(layer.probs(), 2)]
        return [c.table(v, [math.exp(x) for x in row]) for row in _unfolded(layer.logits(), 2)]
    if kind == "TorchBinomialLayer":
        n = int(layer.total_count)
        p = (_unfolded(layer.probs(), 1) if layer.logits is None
             else [1 / (1 + math.exp(-x)) for x in _unfolded(layer.logits(), 1)])
        return [c.table(v, _binomial(n, x)) for x in p]
    raise _unknown(layer, "Torch- Sum, Dense, Hadamard, Kronecker, Gaussian, Categorical, Binomial;"
                          " compile with optimize=False")


def _unfolded(tensor, depth):
    """Without axes of length one in front of the unit axis, and behind it for channels."""
    value = _list(tensor)
    while _depth(value) > depth:
        if len(value) == 1:
            value = value[0]
        elif all(len(row) == 1 for row in value):
            value = [row[0] for row in value]
        else:
            raise ValueError("a parameter of several folds, batches or channels")
    return value


def _depth(value):
    return 1 + _depth(value[0]) if isinstance(value, (list, tuple)) else 0


# ---- SPFlow 1.x (spflow.modules): tensors of units [feature][channel][repetition]


def spflow_modules(root, names=None):
    c = _Circuit(names)
    done = {}
    for module in _below(root, "inputs"):
        done[id(module)] = _spflow_units(c, module, done)
    units = done[id(root)]
    if len(units) != 1 or len(units[0]) != 1 or len(units[0][0]) != 1:
        raise ValueError("a root of several units; put a Sum with one channel on top")
    return c.document(units[0][0])


def _spflow_units(c, module, done):
    kind = type(module).__name__
    inputs = [done[id(m)] for m in _children(module, "inputs")]
    if kind == "Sum":
        weights = _list(module.weights)  # [feature][in][out][repetition]
        return [[[c.sum([_at(inputs[0], f, i, r) for i in range(len(weights[f]))],
                        [row[o][r] for row in weights[f]])
                  for r in range(len(weights[f][0][0]))] for o in range(len(weights[f][0]))]
                for f in range(len(weights))]
    if kind == "Cat":
        if module.dim == 1:
            return [feature for one in inputs for feature in one]
        return [[channel for one in inputs for channel in one[f]] for f in range(len(inputs[0]))]
    if kind == "SplitConsecutive" or kind == "SplitInterleaved":
        n, all_features = module.num_splits, inputs[0]
        if len(all_features) % n:
            raise ValueError("%d features in %d splits" % (len(all_features), n))
        size = len(all_features) // n
        parts = [all_features[i * size:(i + 1) * size] if kind == "SplitConsecutive"
                 else all_features[i::n] for i in range(n)]
        return _Parts(parts)
    if kind == "Product":
        return [[[c.product([_at(inputs[0], f, k, r) for f in range(len(inputs[0]))])
                  for r in range(len(inputs[0][0][0]))] for k in range(len(inputs[0][0]))]]
    if kind in ("ElementwiseProduct", "OuterProduct"):
        parts = inputs[0] if isinstance(inputs[0], _Parts) else inputs
        features = max(len(p) for p in parts)
        repetitions = max(len(p[0][0]) for p in parts)
        if kind == "ElementwiseProduct":
            combinations = [[k] * len(parts) for k in range(max(len(p[0]) for p in parts))]
        else:
            combinations = [[]]
            for p in parts:
                combinations = [row + [k] for row in combinations for k in range(len(p[0]))]
        return [[[c.product([_at(p, f, k, r) for p, k in zip(parts, row)])
                  for r in range(repetitions)] for row in combinations] for f in range(features)]
    return _spflow_leaf(c, module)


class _Parts(list):
    """What a split makes of its input."""


def _at(units, f, k, r):
    """A unit; what has one feature, channel or repetition has it for all."""
    channels = units[f if len(units) > 1 else 0]
    repetitions = channels[k if len(channels) > 1 else 0]
    return repetitions[r if len(repetitions) > 1 else 0]


def _spflow_leaf(c, module):
    kind = type(module).__name__
    columns = list(module.scope.query) if hasattr(module.scope, "query") else list(module.scope)
    if kind in ("Normal", "Gaussian"):
        means, scales = _list(module.loc), _list(module.scale)
        return [[[c.gaussian(v, m, s) for m, s in zip(*units)]
                 for units in zip(means[f], scales[f])] for f, v in enumerate(columns)]
    if kind in ("Bernoulli", "Categorical"):
        p = _list(module.probs)
        leaf = (lambda v, x: c.table(v, [1 - x, x])) if kind == "Bernoulli" else c.table
        return [[[leaf(v, x) for x in repetitions] for repetitions in p[f]]
                for f, v in enumerate(columns)]
    raise _unknown(module, "Sum, Product, ElementwiseProduct, OuterProduct, Cat, SplitConsecutive,"
                           " SplitInterleaved, Normal, Bernoulli, Categorical")


# ---- any other layered library


def einsum_layers(leaves, layers, variables):
    """A circuit from its tensors.

    leaves: one entry a region, each a list of units, each a function from a Graph to a node.
    layers: bottom up; each a list of (left region, right region, weights), weights[k][i][j] linear,
            unit k the mixture over the products of unit i of the left and j of the right; with a right
            region of None, weights[k][i] mixes the units of the left. The regions of a layer are
            numbered on behind the earlier ones; the root is unit 0 of the last.
    """
    g = Graph(variables)
    regions = [[unit(g) for unit in region] for region in leaves]
    for layer in layers:
        for left, right, weights in layer:
            units = []
            for w in weights:
                if right is None:
                    units.append(g.sum(regions[left], w))
                else:
                    pairs = [g.product([a, b]) for a in regions[left] for b in regions[right]]
                    units.append(g.sum(pairs, [float(x) for row in w for x in row]))
            regions.append(units)
    return g.document(regions[-1][0])


WRITERS = {"sklearn": sklearn, "spflow": spflow_modules, "spn": spflow, "cirkit": cirkit,
           "pyjuice": pyjuice, "simple_einet": simple_einet, "EinsumNetwork": einsum_networks}


def save(model, path, names=None):
    """Recognises what a model is and writes it."""
    write = WRITERS.get(type(model).__module__.split(".")[0], spflow)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(write(model, names), out)


def main(args):
    if len(args) != 2:
        sys.exit("usage: python ugmm_export.py MODEL.joblib|MODEL.pkl|MODEL.pt OUT.json\n"
                 "Opening a pickle runs what it holds: open only files that you trust.")
    if args[0].endswith(".joblib"):
        import joblib
        model = joblib.load(args[0])
    elif args[0].endswith((".pt", ".pth")):
        import torch
        model = torch.load(args[0], map_location="cpu", weights_only=False)
    else:
        import pickle
        with open(args[0], "rb") as file:
            model = pickle.load(file)
    save(model, args[1])


if __name__ == "__main__":
    main(sys.argv[1:])
