package org.ugmm.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ugmm.engine.Circuit;

/**
 * A RAT-SPN over reals in tensors. Gaussians are products of their natural parameters with x, x
 * squared and 1, as in Einsum Networks (Peharz et al., ICML 2020), whose products of all pairs and
 * log-sum-exp the layers of sums are.
 */
final class DjlRat extends DjlCircuit {
  private final NDArray root;

  /** [layers] logits, the lowest layer first; each layer of the layer below twice its regions. */
  private final List<NDArray> layers = new ArrayList<>();

  private final NDArray mean;
  private final NDArray logScale;
  private final NDArray scope;
  private final int numInputs;
  private final int width;

  DjlRat(Circuit circuit, NDManager manager) {
    super(circuit, manager);
    List<int[]> regions = new ArrayList<>();
    root = logits(List.of(new int[] {circuit.root()}));
    for (int sum : children(new int[] {circuit.root()})) {
      regions.add(new int[] {sum});
    }
    while (factors(regions.get(0)[0]).size() == 1) {
      layers.add(logits(regions));
      List<int[]> below = new ArrayList<>();
      for (int[] region : regions) {
        int[] pairs = children(region);
        int k = (int) Math.round(Math.sqrt(pairs.length));
        int[] left = new int[k];
        int[] right = new int[k];
        for (int i = 0; i < k; i++) {
          left[i] = circuit.child(pairs[i * k], 0);
          right[i] = circuit.child(pairs[i], 1);
        }
        below.add(left);
        below.add(right);
      }
      regions = below;
    }
    Collections.reverse(layers);
    width = regions.get(0).length;
    numInputs = factors(regions.get(0)[0]).size();
    int[] leaves = new int[regions.size() * numInputs * width];
    long[] variable = new long[regions.size() * numInputs];
    for (int i = 0; i < leaves.length; i++) {
      int region = i / (numInputs * width);
      leaves[i] = factors(regions.get(region)[i % width]).get(i / width % numInputs);
      variable[i / width] = circuit.variable(leaves[i]);
    }
    Shape shape = new Shape(regions.size(), numInputs, width);
    int[] second = new int[leaves.length];
    Arrays.fill(second, 1);
    mean = parameters(leaves, new int[leaves.length], m -> m, shape);
    logScale = parameters(leaves, second, Math::log, shape);
    scope = manager.create(variable);
  }

  @Override
  NDArray logs(NDArray columns) {
    long rows = columns.getShape().get(1);
    NDArray x =
        columns.get(new NDIndex("{}", scope)).reshape(-1, numInputs, rows).transpose(0, 2, 1);
    NDArray precision = logScale.mul(-2).exp();
    NDArray slope = mean.mul(precision);
    NDArray height =
        mean.mul(slope).mul(-0.5).sub(logScale).sub(0.5 * Math.log(2 * Math.PI)).sum(new int[] {1});
    NDArray natural = NDArrays.concat(new NDList(precision.mul(-0.5), slope), 1);
    NDArray logs = NDArrays.concat(new NDList(x.square(), x), 2).matMul(natural);
    logs = logs.add(height.expandDims(1));
    for (NDArray layer : layers) {
      NDArray pairs = logs.reshape(-1, 2, rows, width);
      NDArray left = pairs.get(":, 0");
      NDArray right = pairs.get(":, 1");
      NDArray mostLeft = largest(left);
      NDArray mostRight = largest(right);
      NDArray a = left.sub(mostLeft).exp().expandDims(3);
      NDArray b = right.sub(mostRight).exp().expandDims(2);
      NDArray products = a.mul(b).reshape(-1, rows, (long) width * width);
      logs = products.matMul(layer.softmax(1)).log().add(mostLeft).add(mostRight);
    }
    NDArray weighted = logs.transpose(2, 1, 0).add(root.logSoftmax(1).transpose(0, 2, 1));
    NDArray most = largest(weighted);
    return weighted.sub(most).exp().sum(new int[] {2}, true).log().add(most).reshape(rows);
  }
}
