package org.ugmm.engine.network;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Precision;
import org.ugmm.engine.kernel.Kernels;

/**
 * A layered uGMM network in training. A unit is {@code log SUM_k w_k N(z_k; mean_k, scale_k^2)} of
 * the inputs of the first layer, or of the values of the units below (semantics of
 * arXiv:2509.07569).
 *
 * <p>Each input of a layer has a centre and a spread; means and scales are kept in spreads from the
 * centre, and the log of the spread is part of a logit, so that steps have the same meaning
 * whatever the units of a column. {@link #mean}, {@link #logScale} and {@link #logit} are those of
 * the network, of raw inputs.
 *
 * <p>The same rows, steps and seeds give the same bits on any number of threads. Not thread-safe.
 */
public final class NetworkLearner implements AutoCloseable {
  private static final int MOST_ROWS = 64;
  private static final double FIRST = 0.9;
  private static final double SECOND = 0.999;
  private static final double MOST_LOG_SCALE = 20;

  private final State<?> state;

  /**
   * A step of Adam.
   *
   * @param rate about how far a parameter moves
   * @param clip largest norm of the gradient, which is scaled down to it
   * @param dropout probability that a component of the first layer is left out
   * @param leastLogScale smallest log of a scale, in spreads
   * @param seed of what is left out
   */
  public record Step(double rate, double clip, double dropout, double leastLogScale, long seed) {}

  /**
   * A network with all parameters 0: means at the centres, scales of one spread, equal weights.
   *
   * @param sizes inputs of the first layer, then units of each layer; two or more
   * @param isTied whether the components of a unit share a mean
   * @param batch most rows of a step
   */
  public NetworkLearner(
      int[] sizes, boolean isTied, int batch, Precision precision, int numThreads) {
    state =
        precision == Precision.FLOAT
            ? new State<>(Kernels.FLOAT, sizes, isTied, batch, numThreads)
            : new State<>(Kernels.DOUBLE, sizes, isTied, batch, numThreads);
  }

  /** Number of layers of units. */
  public int numLayers() {
    return state.layers.size();
  }

  /** Units of a layer. */
  public int numUnits(int layer) {
    return state.layers.get(layer).numUnits;
  }

  /** Inputs of a layer. */
  public int numInputs(int layer) {
    return state.layers.get(layer).numInputs;
  }

  /**
   * Says where the inputs of a layer lie. Those of the first layer have been standardised by the
   * caller.
   *
   * @param centre [inputs] raw value of z = 0
   * @param spread [inputs] raw distance of z = 1 from there, above 0
   */
  public void setSpread(int layer, double[] centre, double[] spread) {
    state.layers.get(layer).setSpread(centre, spread);
  }

  /**
   * Sets a component in spreads from the centre; {@code logit} is without the log of the spread.
   */
  public void set(int layer, int unit, int input, double mean, double logScale, double logit) {
    UnitLayer<?> l = state.layers.get(layer);
    l.set(unit, input, 0, mean);
    l.set(unit, input, 1, logScale);
    l.set(unit, input, 2, logit);
  }

  /** The mean of a component, raw. */
  public double mean(int layer, int unit, int input) {
    return state.mean(layer, unit, input);
  }

  /** The natural log of the scale of a component, raw. */
  public double logScale(int layer, int unit, int input) {
    return state.parameter(layer, unit, input, 1) + Math.log(state.layers.get(layer).spread[input]);
  }

  /** The logit of a component among those of its unit, for raw inputs. */
  public double logit(int layer, int unit, int input) {
    return state.parameter(layer, unit, input, 2) + Math.log(state.layers.get(layer).spread[input]);
  }

  /**
   * One step down the mean loss of some rows.
   *
   * @param order rows of the table; those from {@code from} on count
   * @return the mean loss before the step, minus what is climbed; not finite where the step was
   *     left out because the loss or a gradient was not
   */
  public double step(
      NetworkRows rows, int[] order, int from, int count, NetworkObjective objective, Step step) {
    return state.step(rows, order, from, count, objective, step);
  }

  /** Number of steps so far. */
  public int numSteps() {
    return state.numSteps;
  }

  /**
   * Values of the units of a layer, natural logs, nothing left out.
   *
   * @param values (output) [count][units]
   */
  public void values(
      NetworkRows rows, int[] order, int from, int count, int layer, double[] values) {
    state.values(rows, order, from, count, layer, values);
  }

  /**
   * Gradients of the mean loss of some rows, nothing left out.
   *
   * @param inputs (output) [count][inputs] with respect to the standardised inputs; null to leave
   *     them out
   * @return the mean loss
   */
  public double gradients(
      NetworkRows rows,
      int[] order,
      int from,
      int count,
      NetworkObjective objective,
      double @Nullable [] inputs) {
    return state.gradients(rows, order, from, count, objective, inputs);
  }

  /**
   * What {@link #gradients} found for a parameter as {@link #set} takes it.
   *
   * @param part 0 mean, 1 log of the scale, 2 logit
   */
  public double gradient(int layer, int unit, int input, int part) {
    return state.gradient(layer, unit, input, part);
  }

  /** Writes parameters, spreads and moments, in one order on every machine. */
  public void save(DataOutput out) throws IOException {
    state.save(out);
  }

  /** Reads what {@link #save} of a network of the same shape and precision has written. */
  public void load(DataInput in) throws IOException {
    state.load(in);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    state.crew.close();
  }

  /** Everything, in one precision. */
  private static final class State<A> {
    final Kernels<A> kernels;
    final List<UnitLayer<A>> layers = new ArrayList<>();
    final List<RowTile<A>> tiles = new ArrayList<>();
    final Crew crew;
    final boolean isTied;
    final int tile;

    /** [pieces] layer and block of the units that are worked on at a time. */
    final int[] layerOf;

    final int[] blockOf;
    int numSteps;

    /** What the pieces of a step read; fields, so that a step allocates nothing. */
    private @Nullable NetworkRows table;

    private @Nullable NetworkObjective objective;
    private int[] order = new int[0];
    private int from;
    private int count;
    private double scale;
    private double dropout;
    private long seed;
    private boolean isToInputs;
    private double factor;
    private double rate;
    private double correction;
    private double leastLogScale;
    private final IntConsumer prepare = this::prepare;
    private final IntConsumer connect = this::connect;
    private final IntConsumer upOnly = this::upOnly;
    private final IntConsumer upAndDown = this::upAndDown;
    private final IntConsumer sum = this::sum;
    private final IntConsumer move = this::move;

    State(Kernels<A> kernels, int[] sizes, boolean isTied, int batch, int numThreads) {
      this.kernels = kernels;
      this.isTied = isTied;
      for (int l = 1; l < sizes.length; l++) {
        layers.add(new UnitLayer<>(kernels, sizes[l], sizes[l - 1]));
      }
      int half = (batch + 1) / 2;
      tile = Math.min(MOST_ROWS, (half + kernels.tile() - 1) / kernels.tile() * kernels.tile());
      for (int at = 0; at < batch; at += tile) {
        tiles.add(new RowTile<>(kernels, layers, tile));
      }
      int pieces = layers.stream().mapToInt(l -> l.numBlocks).sum();
      layerOf = new int[pieces];
      blockOf = new int[pieces];
      int piece = 0;
      for (int l = 0; l < layers.size(); l++) {
        for (int b = 0; b < layers.get(l).numBlocks; b++) {
          layerOf[piece] = l;
          blockOf[piece++] = b;
        }
      }
      crew = new Crew(numThreads);
    }

    double parameter(int layer, int unit, int input, int part) {
      UnitLayer<A> l = layers.get(layer);
      return l.get(l.parameter, unit, input, part);
    }

    double mean(int layer, int unit, int input) {
      UnitLayer<A> l = layers.get(layer);
      return l.centre[input] + l.spread[input] * l.get(l.parameter, unit, input, 0);
    }

    double gradient(int layer, int unit, int input, int part) {
      UnitLayer<A> l = layers.get(layer);
      return l.get(l.gradient, unit, input, part);
    }

    private void take(NetworkRows rows, int[] newOrder, int newFrom, int newCount) {
      table = rows;
      order = newOrder;
      from = newFrom;
      count = newCount;
      rows.table();
    }

    private int numTiles() {
      return (count + tile - 1) / tile;
    }

    double step(
        NetworkRows rows,
        int[] newOrder,
        int newFrom,
        int newCount,
        NetworkObjective newObjective,
        Step step) {
      take(rows, newOrder, newFrom, newCount);
      dropout = step.dropout;
      seed = step.seed;
      double loss = descend(newObjective, false);
      double norm = Math.sqrt(squares());
      if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
        return Double.NaN;
      }
      numSteps++;
      factor = norm > step.clip ? step.clip / norm : 1;
      rate = step.rate / (1 - Math.pow(FIRST, numSteps));
      correction = 1 / (1 - Math.pow(SECOND, numSteps));
      leastLogScale = step.leastLogScale;
      crew.run(layerOf.length, move);
      return loss;
    }

    private double squares() {
      double sum = 0;
      for (int l = 0; l < layers.size(); l++) {
        UnitLayer<A> layer = layers.get(l);
        for (int j = 0; j < layer.numUnits; j++) {
          sum += kernels.training().get(layer.squares, j);
        }
      }
      return sum;
    }

    /** Mean loss and gradients. */
    private double descend(NetworkObjective newObjective, boolean newIsToInputs) {
      objective = newObjective;
      isToInputs = newIsToInputs;
      double total = 0;
      for (int i = 0; i < count; i++) {
        total += table().weight(order[from + i]);
      }
      scale = 1 / total;
      ready();
      crew.run(numTiles(), upAndDown);
      crew.run(layerOf.length, sum);
      double loss = 0;
      for (int t = 0; t < numTiles(); t++) {
        loss += tiles.get(t).loss;
      }
      return loss * scale;
    }

    private NetworkRows table() {
      if (table == null) {
        throw new IllegalStateException("no rows taken");
      }
      return table;
    }

    private void ready() {
      crew.run(layerOf.length, prepare);
      crew.run(layerOf.length, connect);
    }

    private void prepare(int piece) {
      UnitLayer<A> layer = layers.get(layerOf[piece]);
      layer.drop(blockOf[piece], layerOf[piece] == 0 ? dropout : 0, seed, numSteps);
      layer.refresh(blockOf[piece]);
    }

    private void connect(int piece) {
      int l = layerOf[piece];
      if (l + 1 < layers.size()) {
        layers.get(l).connect(blockOf[piece], layers.get(l + 1));
      }
    }

    private void upOnly(int t) {
      tiles.get(t).up(table(), order, from + t * tile, Math.min(tile, count - t * tile));
    }

    private void upAndDown(int t) {
      upOnly(t);
      NetworkObjective climbed = objective;
      if (climbed != null) {
        tiles.get(t).roots(table(), climbed, scale);
      }
      tiles.get(t).down(isToInputs);
    }

    private void sum(int piece) {
      UnitLayer<A> layer = layers.get(layerOf[piece]);
      int b = blockOf[piece];
      int size = layer.numInputs * kernels.units().lanes() * 3;
      kernels.training().fill(layer.gradient, layer.from(b), size, 0);
      for (int t = 0; t < numTiles(); t++) {
        tiles.get(t).addSums(layerOf[piece], b);
      }
      layer.finishGradients(b, isTied);
    }

    private void move(int piece) {
      UnitLayer<A> layer = layers.get(layerOf[piece]);
      kernels
          .units()
          .adam(
              layer.parameter,
              layer.gradient,
              layer.first,
              layer.second,
              layer.from(blockOf[piece]),
              layer.numInputs,
              factor,
              rate,
              correction,
              leastLogScale,
              MOST_LOG_SCALE);
    }

    void values(
        NetworkRows rows, int[] newOrder, int newFrom, int total, int layer, double[] values) {
      dropout = 0;
      ready();
      int numUnits = layers.get(layer).numUnits;
      int most = tiles.size() * tile;
      for (int done = 0; done < total; done += most) {
        take(rows, newOrder, newFrom + done, Math.min(most, total - done));
        crew.run(numTiles(), upOnly);
        for (int i = 0; i < count; i++) {
          for (int j = 0; j < numUnits; j++) {
            values[(done + i) * numUnits + j] = tiles.get(i / tile).value(layer, j, i % tile);
          }
        }
      }
    }

    double gradients(
        NetworkRows rows,
        int[] newOrder,
        int newFrom,
        int newCount,
        NetworkObjective newObjective,
        double @Nullable [] inputs) {
      take(rows, newOrder, newFrom, newCount);
      dropout = 0;
      double loss = descend(newObjective, inputs != null);
      int n = layers.get(0).numInputs;
      for (int i = 0; inputs != null && i < count; i++) {
        for (int k = 0; k < n; k++) {
          inputs[i * n + k] = tiles.get(i / tile).inputGradient(k, i % tile);
        }
      }
      return loss;
    }

    void save(DataOutput out) throws IOException {
      out.writeInt(numSteps);
      for (UnitLayer<A> layer : layers) {
        for (int k = 0; k < layer.numInputs; k++) {
          out.writeDouble(layer.centre[k]);
          out.writeDouble(layer.spread[k]);
        }
        for (int at : layer.places()) {
          out.writeDouble(kernels.training().get(layer.parameter, at));
          out.writeDouble(kernels.training().get(layer.first, at));
          out.writeDouble(kernels.training().get(layer.second, at));
        }
      }
    }

    void load(DataInput in) throws IOException {
      numSteps = in.readInt();
      for (UnitLayer<A> layer : layers) {
        double[] centre = new double[layer.numInputs];
        double[] spread = new double[layer.numInputs];
        for (int k = 0; k < layer.numInputs; k++) {
          centre[k] = in.readDouble();
          spread[k] = in.readDouble();
        }
        layer.setSpread(centre, spread);
        for (int at : layer.places()) {
          put(layer.parameter, at, in.readDouble());
          put(layer.first, at, in.readDouble());
          put(layer.second, at, in.readDouble());
        }
      }
    }

    /** A number as it was, however small. */
    private void put(A array, int at, double value) {
      if (array instanceof float[] floats) {
        floats[at] = (float) value;
      } else {
        ((double[]) array)[at] = value;
      }
    }
  }
}
