package org.ugmm.compiler.read.json;

import java.util.LinkedHashMap;
import java.util.Map;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;
import org.ugmm.engine.data.Variable.Categorical;

/** Checks the shapes, ranges and signs of a network; messages name the layer and print shapes. */
final class NetworkCheck {
  private final Network network;

  private NetworkCheck(Network network) {
    this.network = network;
  }

  /** The network, when it is sound. */
  static Network checked(Network network) {
    new NetworkCheck(network).check();
    return network;
  }

  /** The scales of which these are the logs. */
  static double[][] exp(String source, String layer, double[][] logScale) {
    double[][] scales = new double[logScale.length][];
    for (int j = 0; j < logScale.length; j++) {
      scales[j] = new double[logScale[j].length];
      for (int k = 0; k < logScale[j].length; k++) {
        double scale = Math.exp(logScale[j][k]);
        if (!(scale > 0) || scale == Double.POSITIVE_INFINITY) {
          throw ModelException.at(
              source,
              "layer '" + layer + "'",
              "logScale[%d][%d] is %s, a scale of %s".formatted(j, k, logScale[j][k], scale),
              "the log of a positive scale in the range of a double");
        }
        scales[j][k] = scale;
      }
    }
    return scales;
  }

  private ModelException fail(String layer, String found, String expected) {
    return ModelException.at(network.source(), "layer '" + layer + "'", found, expected);
  }

  private void check() {
    Map<String, Layer> earlier = new LinkedHashMap<>();
    for (Layer layer : network.layers()) {
      int numInputs = 0;
      int fromVariables = layer.from().contains(Layer.INPUT) ? network.variables().size() : 0;
      for (String from : layer.from()) {
        Layer read = earlier.get(from);
        numInputs =
            Math.addExact(numInputs, read == null ? network.variables().size() : read.numUnits());
      }
      if (layer.numUnits() == 0) {
        throw fail(layer.name(), "no unit", "at least one");
      }
      if (layer instanceof Layer.Ugmm ugmm) {
        ugmm(ugmm, numInputs);
      } else if (layer instanceof Layer.Categorical categorical) {
        categorical(categorical);
      } else {
        if (fromVariables > 0) {
          throw fail(
              layer.name(),
              "type '" + layer.type() + "' reads 'input'",
              "units; a variable has no density of its own, put a ugmm or categorical layer between");
        }
        if (layer instanceof Layer.Mixture mixture) {
          rectangular(mixture.name(), "weights", mixture.weights(), mixture.numUnits(), numInputs);
          weights(mixture.name(), mixture.weights());
        } else if (layer instanceof Layer.Product product) {
          indices(product.name(), "children", product.children(), numInputs);
        }
      }
      earlier.put(layer.name(), layer);
    }
    roots();
  }

  private void ugmm(Layer.Ugmm layer, int numInputs) {
    String name = layer.name();
    int units = layer.numUnits();
    int[][] inputs = layer.inputs();
    if (inputs != null) {
      if (inputs.length != units) {
        throw fail(
            name,
            "inputs has %d rows, mean has %d".formatted(inputs.length, units),
            "one row a unit");
      }
      indices(name, "inputs", inputs, numInputs);
    }
    double[][] scale = layer.scale();
    for (int j = 0; j < units; j++) {
      int n = inputs == null ? numInputs : inputs[j].length;
      row(name, "scale", scale, j, units, n);
      double[][] logits = layer.logits();
      row(name, logits == null ? "weights" : "logits", mixing(layer), j, units, n);
      if (layer.mean()[j].length != 1) {
        row(name, "mean", layer.mean(), j, units, n);
      }
      for (double s : scale[j]) {
        if (!(s > 0)) {
          throw fail(name, "scale %s of unit %d".formatted(s, j), "a positive standard deviation");
        }
      }
    }
    shape(name, "scale", scale, units);
    shape(name, layer.logits() == null ? "weights" : "logits", mixing(layer), units);
    double[][] weights = layer.weights();
    if (weights != null) {
      weights(name, weights);
    }
  }

  private static double[][] mixing(Layer.Ugmm layer) {
    double[][] logits = layer.logits();
    double[][] weights = layer.weights();
    if (logits != null) {
      return logits;
    }
    return weights == null ? new double[0][] : weights;
  }

  private void categorical(Layer.Categorical layer) {
    ModelVariable declared = network.variables().get(layer.variable());
    int numStates = declared.codes().size();
    rectangular(layer.name(), "probabilities", layer.probabilities(), layer.numUnits(), numStates);
    weights(layer.name(), layer.probabilities());
  }

  private void weights(String layer, double[][] weights) {
    for (int j = 0; j < weights.length; j++) {
      for (double w : weights[j]) {
        if (w < 0) {
          throw fail(
              layer, "weight %s of unit %d".formatted(w, j), "a number that is not negative");
        }
      }
    }
  }

  private void indices(String layer, String what, int[][] indices, int numInputs) {
    for (int j = 0; j < indices.length; j++) {
      if (indices[j].length == 0) {
        throw fail(layer, "%s of unit %d is empty".formatted(what, j), "at least one index");
      }
      for (int i : indices[j]) {
        if (i < 0 || i >= numInputs) {
          throw fail(
              layer,
              "index %d in %s of unit %d".formatted(i, what, j),
              "0 .. %d, what the layer reads".formatted(numInputs - 1));
        }
      }
    }
  }

  private void rectangular(String layer, String what, double[][] rows, int units, int columns) {
    shape(layer, what, rows, units);
    for (int j = 0; j < units; j++) {
      row(layer, what, rows, j, units, columns);
    }
  }

  private void shape(String layer, String what, double[][] rows, int units) {
    if (rows.length != units) {
      throw fail(
          layer, "%s has %d rows".formatted(what, rows.length), "%d, one a unit".formatted(units));
    }
  }

  private void row(String layer, String what, double[][] rows, int j, int units, int columns) {
    int found = j < rows.length ? rows[j].length : 0;
    if (j >= rows.length || found != columns) {
      throw fail(
          layer,
          "%s has shape [%d][%d] at unit %d".formatted(what, rows.length, found, j),
          "[%d][%d], units by inputs".formatted(units, columns));
    }
  }

  private void roots() {
    Layer last = network.layers().get(network.layers().size() - 1);
    Classes classes = network.classes();
    if (classes == null) {
      if (last.numUnits() != 1) {
        throw fail(
            last.name(),
            "the last layer has %d units and the network no 'classes'".formatted(last.numUnits()),
            "one unit, or 'classes' with a state for each");
      }
      return;
    }
    Categorical variable = classes.variable();
    if (variable.numStates() != last.numUnits()) {
      throw fail(
          last.name(),
          "%d units for %d classes of '%s'"
              .formatted(last.numUnits(), variable.numStates(), variable.name()),
          "one unit a class");
    }
    for (ModelVariable declared : network.variables()) {
      if (declared.name().equals(variable.name())) {
        throw ModelException.at(
            network.source(),
            "classes",
            "the class variable '" + variable.name() + "' stands in 'variables' too",
            "a name of its own: it is appended to the variables");
      }
    }
  }
}
