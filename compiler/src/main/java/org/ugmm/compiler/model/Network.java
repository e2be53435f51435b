package org.ugmm.compiler.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A layered network, checked: every index is in range and every shape fits.
 *
 * @param source the name of the file
 * @param format the format it came in
 * @param variables the variables that layers read
 * @param layers the layers, each reads earlier ones
 * @param classes says that the units of the last layer are class densities; null when it has one
 *     unit
 */
public record Network(
    String source,
    String format,
    List<ModelVariable> variables,
    List<Layer> layers,
    @Nullable Classes classes)
    implements Model {
  /** Copies the lists. */
  public Network {
    variables = List.copyOf(variables);
    layers = List.copyOf(layers);
  }

  /** The units that a layer reads: the number of variables or the sum over the layers it names. */
  public int numInputs(Layer layer) {
    int sum = 0;
    for (String name : layer.from()) {
      sum += name.equals(Layer.INPUT) ? variables.size() : layer(name).numUnits();
    }
    return sum;
  }

  private Layer layer(String name) {
    for (Layer layer : layers) {
      if (layer.name().equals(name)) {
        return layer;
      }
    }
    throw new IllegalArgumentException("no layer '" + name + "'");
  }
}
