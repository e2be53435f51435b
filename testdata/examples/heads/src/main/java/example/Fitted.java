package example;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.loss.Loss;
import ai.djl.training.loss.SoftmaxCrossEntropyLoss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.util.Pair;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A trunk that makes features of rows, and a head that makes classes of features, trained. */
final class Fitted {
  private static final int BATCH = 32;

  /**
   * Means, logs of scales and logits are of the size of 1: they have farther to go than weights.
   */
  private static final float UNIT_STEPS = 5;

  private final NDManager manager;
  private final ParameterStore store;
  private final Block trunk;
  private final Block head;
  private final List<UgmmLayer> layers;
  private final double stepMillis;
  private final double coreSeconds;

  /**
   * Trains end to end.
   *
   * @param layers the uGMM layers of the head, the first to be computed first; none of a softmax
   */
  Fitted(
      NDManager manager,
      Block trunk,
      Block head,
      List<UgmmLayer> layers,
      Digits train,
      int epochs,
      float rate) {
    this.manager = manager;
    this.trunk = trunk;
    this.head = head;
    this.layers = layers;
    store = new ParameterStore(manager, false);
    trunk.initialize(manager, DataType.FLOAT32, new Shape(BATCH, Digits.PIXELS));
    Shape[] features = trunk.getOutputShapes(new Shape[] {new Shape(BATCH, Digits.PIXELS)});
    head.initialize(manager, DataType.FLOAT32, features);
    parameters().forEach(p -> p.getArray().setRequiresGradient(p.requiresGradient()));
    Loss loss = new SoftmaxCrossEntropyLoss("loss", 1, -1, true, true);
    int steps = epochs * (train.size() / BATCH);
    Optimizer adam = adam(rate, steps);
    Optimizer ofUnits = adam(UNIT_STEPS * rate, steps);
    Random random = new Random(1);
    long cpu = cpuNanos();
    long start = System.nanoTime();
    for (int s = 0; s < steps; s++) {
      step(train, random, loss, adam, ofUnits);
    }
    stepMillis = (System.nanoTime() - start) / 1e6 / steps;
    coreSeconds = (cpuNanos() - cpu) / 1e9;
  }

  private static Optimizer adam(float rate, int steps) {
    return Optimizer.adam()
        .optLearningRateTracker(
            Tracker.cosine()
                .setBaseValue(rate)
                .optFinalValue(rate / 100)
                .setMaxUpdates(steps)
                .build())
        .build();
  }

  private void step(Digits train, Random random, Loss loss, Optimizer adam, Optimizer ofUnits) {
    try (NDManager own = manager.newSubManager();
        GradientCollector collector = Engine.getInstance().newGradientCollector()) {
      float[] pixels = new float[BATCH * Digits.PIXELS];
      float[] label = new float[BATCH];
      for (int i = 0; i < BATCH; i++) {
        int row = random.nextInt(train.size());
        System.arraycopy(train.pixels()[row], 0, pixels, i * Digits.PIXELS, Digits.PIXELS);
        label[i] = train.label()[row];
      }
      NDArray x = own.create(pixels, new Shape(BATCH, Digits.PIXELS));
      NDArray y = own.create(label);
      NDList features = trunk.forward(store, new NDList(x), true);
      NDList logits = head.forward(store, features, true);
      collector.backward(loss.evaluate(new NDList(y), logits));
      UgmmLayer.pullBack(collector, layers);
      for (Parameter p : parameters()) {
        if (p.requiresGradient()) {
          Optimizer optimizer = UgmmLayer.isOwn(p) ? ofUnits : adam;
          optimizer.update(p.getId(), p.getArray(), p.getArray().getGradient());
        }
      }
    }
  }

  private List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>();
    for (Block block : List.of(trunk, head)) {
      for (Pair<String, Parameter> p : block.getParameters()) {
        all.add(p.getValue());
      }
    }
    return all;
  }

  /** Number of parameters that are learned, of the trunk or of the head. */
  long size(boolean isHead) {
    long sum = 0;
    for (Pair<String, Parameter> p : (isHead ? head : trunk).getParameters()) {
      sum += p.getValue().requiresGradient() ? p.getValue().getShape().size() : 0;
    }
    return sum;
  }

  double stepMillis() {
    return stepMillis;
  }

  double coreSeconds() {
    return coreSeconds;
  }

  /** [rows][features] */
  float[][] features(float[][] rows) {
    return forward(trunk, rows);
  }

  /** [rows][classes] natural logs up to a constant a row, of features. */
  double[][] logits(float[][] features) {
    float[][] logits = forward(head, features);
    double[][] all = new double[logits.length][Digits.CLASSES];
    for (int r = 0; r < all.length; r++) {
      for (int c = 0; c < Digits.CLASSES; c++) {
        all[r][c] = logits[r][c];
      }
    }
    return all;
  }

  private float[][] forward(Block block, float[][] rows) {
    try (NDManager own = manager.newSubManager()) {
      NDArray out = block.forward(store, new NDList(own.create(rows)), false).singletonOrThrow();
      float[] flat = out.toFloatArray();
      float[][] all = new float[rows.length][flat.length / rows.length];
      for (int r = 0; r < all.length; r++) {
        System.arraycopy(flat, r * all[r].length, all[r], 0, all[r].length);
      }
      return all;
    }
  }

  static long cpuNanos() {
    var system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime();
  }
}
