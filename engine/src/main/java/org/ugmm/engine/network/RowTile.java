package org.ugmm.engine.network;

import java.util.Arrays;
import java.util.List;
import org.ugmm.engine.kernel.Kernels;

/** A tile of rows: their values in all layers on the way up, and gradients on the way down. */
final class RowTile<A> {
  private static final double LN_2 = Math.log(2);

  private final Kernels<A> kernels;
  private final List<UnitLayer<A>> layers;
  private final int tile;

  /** [slots][tile] inputs, values, gradients and scratch. */
  private final A v;

  /** [layers] first slot of what a layer reads, of its values, of their gradients. */
  private final int[] z;

  private final int[] y;
  private final int[] g;

  /** [layers][inputs] the slots that a layer reads. */
  private final int[][] read;

  private final int scratch;

  /** [layers][blocks * tile * 2 * lanes] values and gradients as sums over rows read them. */
  private final A[] rows;

  private final A shiftOfLogs;
  private final double[] logit;

  private int numRows;
  private int[] order = new int[0];
  private int orderFrom;

  /**
   * Of the rows last taken up: minus what was climbed, weighted, and how many classes were right.
   */
  double loss;

  double weight;

  @SuppressWarnings("unchecked")
  RowTile(Kernels<A> kernels, List<UnitLayer<A>> layers, int tile) {
    this.kernels = kernels;
    this.layers = layers;
    this.tile = tile;
    int numLayers = layers.size();
    z = new int[numLayers];
    y = new int[numLayers];
    g = new int[numLayers];
    read = new int[numLayers][];
    Object[] interleaved = new Object[numLayers];
    int slots = 0;
    int widest = 0;
    int mostUnits = 0;
    for (int l = 0; l < numLayers; l++) {
      UnitLayer<A> layer = layers.get(l);
      z[l] = slots;
      y[l] = z[l] + layer.numInputs;
      g[l] = y[l] + layer.block.numSlots();
      slots = g[l] + layer.block.numSlots();
      read[l] = new int[layer.numInputs];
      int first = z[l];
      Arrays.setAll(read[l], k -> first + k);
      widest = Math.max(widest, layer.numInputs);
      mostUnits = Math.max(mostUnits, layer.block.numSlots());
      int lanes = kernels.units().lanes();
      interleaved[l] = kernels.training().zeros(layer.numBlocks * tile * 2 * lanes);
    }
    scratch = slots;
    v = kernels.training().zeros(Math.multiplyExact(slots + widest, tile));
    rows = (A[]) interleaved; // only ever read as elements of type A
    shiftOfLogs = kernels.training().zeros(mostUnits);
    logit = new double[layers.get(numLayers - 1).numUnits];
  }

  /** Takes rows and computes their values in all layers. */
  void up(NetworkRows table, int[] newOrder, int from, int count) {
    up(table.table(), newOrder, from, count);
  }

  /** The same of rows [rows][inputs]. */
  void up(float[][] table, int[] newOrder, int from, int count) {
    order = newOrder;
    orderFrom = from;
    numRows = count;
    int n = layers.get(0).numInputs;
    kernels.units().load(table, order, from, count, n, v, tile, z[0]);
    for (int l = 0; l < layers.size(); l++) {
      UnitLayer<A> layer = layers.get(l);
      int m = layer.numComputed;
      kernels.gaussian().mixtures(v, tile, read[l], layer.coef, m, y[l], scratch);
      if (kernels.gaussian().logs(v, tile, y[l], m, shiftOfLogs)) {
        kernels
            .gaussian()
            .exactMixtures(v, tile, read[l], layer.coef, m, shiftOfLogs, y[l], scratch);
      }
      if (l + 1 < layers.size()) {
        kernels.units().affine(v, tile, y[l], layer.numUnits, layer.factor, layer.offset, z[l + 1]);
      }
    }
  }

  /** The natural log of a unit's value in a row of the tile. */
  double value(int layer, int unit, int row) {
    double log2 = kernels.training().get(v, (y[layer] + unit) * tile + row);
    return LN_2 * (log2 + kernels.training().get(layers.get(layer).shift, unit));
  }

  /**
   * The objective of the rows, and its gradients with respect to the roots.
   *
   * @param scale of a row of weight 1 in the sum that is descended
   */
  void roots(NetworkRows table, NetworkObjective objective, double scale) {
    int last = layers.size() - 1;
    int numRoots = logit.length;
    kernels.training().fill(v, g[last] * tile, layers.get(last).block.numSlots() * tile, 0);
    loss = 0;
    weight = 0;
    double generative = (1 - objective.discriminative()) / objective.numVariables();
    for (int r = 0; r < numRows; r++) {
      int row = order[orderFrom + r];
      double w = table.weight(row);
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < numRoots; c++) {
        logit[c] = value(last, c, r) + objective.logPrior(c);
        max = Math.max(max, logit[c]);
      }
      int label = numRoots == 1 ? 0 : table.label(row);
      double joint = logit[label];
      double sum = 0;
      for (int c = 0; c < numRoots; c++) {
        logit[c] = Math.exp(logit[c] - max);
        sum += logit[c];
      }
      double posterior = joint - (max + Math.log(sum));
      loss -= w * (objective.discriminative() * posterior + generative * joint);
      weight += w;
      for (int c = 0; c < numRoots; c++) {
        double isLabel = c == label ? 1 : 0;
        double gradient =
            objective.discriminative() * (logit[c] / sum - isLabel) - generative * isLabel;
        kernels.training().set(v, (g[last] + c) * tile + r, scale * w * gradient);
      }
    }
  }

  /**
   * Takes gradients with respect to the roots from elsewhere.
   *
   * @param gradient [rows][roots], those of this tile from {@code from} on
   */
  void rootGradients(float[] gradient, int from) {
    int last = layers.size() - 1;
    int numRoots = logit.length;
    kernels.training().fill(v, g[last] * tile, layers.get(last).block.numSlots() * tile, 0);
    for (int r = 0; r < numRows; r++) {
      for (int c = 0; c < numRoots; c++) {
        kernels.training().set(v, (g[last] + c) * tile + r, gradient[from + r * numRoots + c]);
      }
    }
  }

  /** Gradients with respect to the values of all layers, from those of the roots. */
  void down(boolean isToInputs) {
    for (int l = layers.size() - 1; l >= 0; l--) {
      UnitLayer<A> layer = layers.get(l);
      int lanes = kernels.units().lanes();
      for (int b = 0; b < layer.numBlocks; b++) {
        int numUnits = Math.min(lanes, layer.numUnits - b * lanes);
        int at = b * tile * 2 * lanes;
        kernels
            .units()
            .interleave(v, tile, y[l] + b * lanes, g[l] + b * lanes, numUnits, rows[l], at);
      }
      if (l > 0 || isToInputs) {
        int out = l > 0 ? g[l - 1] : scratch;
        int m = layer.numUnits;
        kernels
            .units()
            .inputGradients(v, tile, z[l], layer.numInputs, layer.coef, m, y[l], g[l], out);
      }
      if (l > 0) {
        UnitLayer<A> below = layers.get(l - 1);
        kernels
            .units()
            .affine(v, tile, g[l - 1], below.numUnits, below.inverse, below.none, g[l - 1]);
      }
    }
  }

  /** Adds to the sums of a block of units; after {@link #down}. */
  void addSums(int l, int unitBlock) {
    UnitLayer<A> layer = layers.get(l);
    kernels
        .units()
        .addSums(
            v,
            tile,
            z[l],
            layer.numInputs,
            numRows,
            layer.coef,
            layer.from(unitBlock),
            rows[l],
            unitBlock * tile * 2 * kernels.units().lanes(),
            layer.gradient);
  }

  /** The gradient of the loss with respect to an input of a row; after {@code down(true)}. */
  double inputGradient(int input, int row) {
    return kernels.training().get(v, (scratch + input) * tile + row);
  }

  int numRows() {
    return numRows;
  }
}
