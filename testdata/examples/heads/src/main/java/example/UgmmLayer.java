package example;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Parameter;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.training.initializer.NormalInitializer;
import ai.djl.util.PairList;
import java.util.List;
import org.ugmm.engine.network.UnitFunction;

/**
 * uGMM units as a block of DJL: rows of features in, natural logs of the units out. Forward and
 * backward are computed by ugmm, on the processor.
 *
 * <p>DJL has no place for a backward pass of one's own, so the graph is cut here: the output of
 * {@link #forward} is a leaf. Once the loss has been taken back to it, {@link #pullBack} takes its
 * gradient on, by a sum whose gradients are the vector-Jacobian products of the units.
 */
final class UgmmLayer extends AbstractBlock {
  private final int units;
  private final Parameter mean;
  private final Parameter logScale;
  private final Parameter logit;

  private UnitFunction function;
  private NDArray input;
  private NDArray output;
  private NDArray[] used;

  UgmmLayer(int units) {
    this.units = units;
    mean = add("mean", new NormalInitializer(1));
    logScale = add("logScale", Initializer.ZEROS);
    logit = add("logit", Initializer.ZEROS);
  }

  private Parameter add(String name, Initializer initializer) {
    return addParameter(
        Parameter.builder()
            .setName(name)
            .setType(Parameter.Type.OTHER)
            .optInitializer(initializer)
            .build());
  }

  /** Whether a parameter is one of uGMM units. */
  static boolean isOwn(Parameter parameter) {
    return List.of("mean", "logScale", "logit").contains(parameter.getName());
  }

  @Override
  protected void prepare(Shape[] shapes) {
    Shape shape = new Shape(units, shapes[0].get(1));
    mean.setShape(shape);
    logScale.setShape(shape);
    logit.setShape(shape);
    function = new UnitFunction((int) shapes[0].get(1), units);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    return new Shape[] {new Shape(shapes[0].get(0), units)};
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList list, boolean isTraining, PairList<String, Object> params) {
    NDArray x = list.singletonOrThrow();
    int rows = (int) x.getShape().get(0);
    NDArray[] parts = {
      store.getValue(mean, x.getDevice(), isTraining),
      store.getValue(logScale, x.getDevice(), isTraining),
      store.getValue(logit, x.getDevice(), isTraining)
    };
    float[] y = new float[rows * units];
    function.forward(
        parts[0].toFloatArray(),
        parts[1].toFloatArray(),
        parts[2].toFloatArray(),
        x.toFloatArray(),
        rows,
        y);
    NDArray out = x.getManager().create(y, new Shape(rows, units));
    if (isTraining) {
      out.setRequiresGradient(true);
      input = x;
      output = out;
      used = parts;
    }
    return new NDList(out);
  }

  /** Takes the gradient of the last output back to the input and the parameters. */
  private void pullBack(GradientCollector collector) {
    int rows = (int) input.getShape().get(0);
    int inputs = (int) input.getShape().get(1);
    float[] x = new float[rows * inputs];
    float[][] own = new float[3][units * inputs];
    function.backward(output.getGradient().toFloatArray(), x, own[0], own[1], own[2]);
    NDManager manager = input.getManager();
    NDArray sum = input.mul(manager.create(x, input.getShape())).sum();
    for (int p = 0; p < own.length; p++) {
      sum = sum.add(used[p].mul(manager.create(own[p], new Shape(units, inputs))).sum());
    }
    collector.backward(sum);
  }

  /**
   * Goes on where {@code collector.backward(loss)} has ended.
   *
   * @param layers those of the network, the first to be computed first
   */
  static void pullBack(GradientCollector collector, List<UgmmLayer> layers) {
    for (int l = layers.size() - 1; l >= 0; l--) {
      layers.get(l).pullBack(collector);
    }
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... shapes) {}
}
