"""Writes circuits and mixtures of Python libraries as ugmm-graph/1, which ugmm reads.

One file without dependencies of its own; it runs beside the library whose model it writes:

    import ugmm_export
    ugmm_export.save(model, "model.json", names=["a", "b"])   # what the model is, is recognised

    python ugmm_export.py sklearn model.joblib model.json      # from a shell; opens the pickle

Written for: scikit-learn (GaussianMixture diag and spherical, GaussianNB, BernoulliNB, CategoricalNB);
SPFlow 0.x (spn.structure) and whatever has Sum and Product nodes with `children` and `weights` over
leaves Gaussian, Bernoulli, Categorical with a `scope`. A layered library that keeps its parameters in
tensors (cirkit, simple-einet, EinsumNetworks, PyJuice, SPFlow 1.x) has no nodes to walk:
`einsum_layers` takes the tensors of its regions, layer by layer.
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
        if model.covariance_type not in ("diag", "spherical"):
            raise ValueError(
                "covariance_type '%s': a component is not a product of univariate Gaussians; "
                "fit with 'diag' or 'spherical'" % model.covariance_type)
        k, d = model.means_.shape
        names = _names(model, d, names)
        g = Graph([real(n) for n in names])
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


def _below(root):
    """Every node once, children first, without recursion."""
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, is_open = stack.pop()
        if is_open:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((c, False) for c in (getattr(node, "children", None) or []))
    return order


# ---- layered libraries: cirkit, simple-einet, EinsumNetworks


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


def save(model, path, names=None):
    """Recognises what a model is and writes it."""
    module = type(model).__module__
    document = sklearn(model, names) if module.startswith("sklearn") else spflow(model, names)
    with open(path, "w", encoding="utf-8") as out:
        json.dump(document, out)


def main(args):
    if len(args) != 3 or args[0] not in ("sklearn", "spflow"):
        sys.exit("usage: python ugmm_export.py sklearn|spflow MODEL.joblib|MODEL.pkl OUT.json\n"
                 "Opening a pickle runs what it holds: open only files that you trust.")
    if args[1].endswith(".joblib"):
        import joblib
        model = joblib.load(args[1])
    else:
        import pickle
        with open(args[1], "rb") as file:
            model = pickle.load(file)
    save(model, args[2])


if __name__ == "__main__":
    main(sys.argv[1:])
