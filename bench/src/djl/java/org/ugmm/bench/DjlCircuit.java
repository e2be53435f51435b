package org.ugmm.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;

/**
 * A circuit in tensors of PyTorch by DJL, one set of tensors a layer. Values of a layer are
 * [regions, rows, states], so that a layer is one product of batches of matrices.
 */
abstract class DjlCircuit {
  /** A tensor of parameters, and for each of its numbers the place in the circuit's parameters. */
  private record Tensor(NDArray array, int[] place) {}

  final Circuit circuit;
  final NDManager manager;

  /** [numNodes + 1] where the parameters of nodes start. */
  private final int[] start;

  private final List<Tensor> tensors = new ArrayList<>();

  DjlCircuit(Circuit circuit, NDManager manager) {
    this.circuit = circuit;
    this.manager = manager;
    start = new int[circuit.numNodes() + 1];
    for (int n = 0; n < circuit.numNodes(); n++) {
      start[n + 1] = start[n] + circuit.numParameters(n);
    }
  }

  /** Log-likelihoods, [rows], of rows that stand [variables, rows]. */
  abstract NDArray logs(NDArray columns);

  /**
   * Values up, and the gradient of the sum of the log-likelihoods down.
   *
   * @param rows [numRows * variables] row-major
   * @return the sum
   */
  final double step(float[] rows) {
    try (NDManager own = manager.newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      collector.zeroGradients();
      int numVariables = circuit.numVariables();
      NDArray x = own.create(rows, new Shape(rows.length / numVariables, numVariables));
      NDArray sum = logs(x.transpose()).sum();
      collector.backward(sum);
      return sum.getFloat();
    }
  }

  /** [numParameters] the gradient of the last step, in the circuit's order. */
  final double[] gradient() {
    double[] gradient = new double[circuit.numParameters()];
    for (Tensor tensor : tensors) {
      try (NDArray of = tensor.array.getGradient()) {
        float[] own = of.toFloatArray();
        for (int i = 0; i < own.length; i++) {
          gradient[tensor.place[i]] = own[i];
        }
      }
    }
    return gradient;
  }

  /**
   * A tensor of parameters.
   *
   * @param nodes whose they are, for each number
   * @param which parameter of the node
   * @param form what PyTorch keeps of it
   */
  final NDArray parameters(int[] nodes, int[] which, DoubleUnaryOperator form, Shape shape) {
    float[] values = new float[nodes.length];
    int[] place = new int[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      values[i] = (float) form.applyAsDouble(circuit.parameter(nodes[i], which[i]));
      place[i] = start[nodes[i]] + which[i];
    }
    NDArray array = manager.create(values, shape);
    array.setRequiresGradient(true);
    tensors.add(new Tensor(array, place));
    return array;
  }

  /** Logits of weights, [regions, children, sums]: the sums of a region have the same children. */
  final NDArray logits(List<int[]> regions) {
    int numSums = regions.get(0).length;
    int numChildren = circuit.numChildren(regions.get(0)[0]);
    int[] nodes = new int[regions.size() * numChildren * numSums];
    int[] which = new int[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = regions.get(i / (numChildren * numSums))[i % numSums];
      which[i] = i / numSums % numChildren;
    }
    return parameters(nodes, which, Math::log, new Shape(regions.size(), numChildren, numSums));
  }

  /** The children of the sums of a region. */
  final int[] children(int[] region) {
    int[] children = new int[circuit.numChildren(region[0])];
    for (int i = 0; i < children.length; i++) {
      children[i] = circuit.child(region[0], i);
    }
    return children;
  }

  /** What a node is the product of, products of products taken apart. */
  final List<Integer> factors(int node) {
    List<Integer> factors = new ArrayList<>();
    if (circuit.kind(node) != NodeKind.PRODUCT) {
      factors.add(node);
      return factors;
    }
    for (int i = 0; i < circuit.numChildren(node); i++) {
      factors.addAll(factors(circuit.child(node, i)));
    }
    return factors;
  }

  /** The largest value of each row, as a constant. */
  static NDArray largest(NDArray logs) {
    return logs.stopGradient().max(new int[] {2}, true);
  }
}
