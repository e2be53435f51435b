package org.ugmm.compiler.read.sklearn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.network.XmlText;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;

/**
 * Reads naive Bayes models in PMML 4: counts of discrete inputs, Gaussian, uniform and Poisson
 * distributions of continuous ones. A probability of 0 is the threshold of the model, as PMML says.
 */
public final class PmmlReader {
  private final String source;
  private final XmlText in;
  private final Map<String, Double> counts = new LinkedHashMap<>();
  private final List<Input> inputs = new ArrayList<>();
  private String target = "class";
  private double threshold;

  /** A distribution of a continuous input. */
  private record Leaf(NodeKind kind, double... parameters) {}

  /** An input: for each class of a discrete one the count of each value, else its distribution. */
  private record Input(
      String name,
      Map<String, Map<String, Double>> countOf,
      Map<String, Leaf> leafOf,
      String place) {

    Variable variable() {
      if (leafOf.isEmpty()) {
        return Variable.categorical(name, countOf.keySet().toArray(String[]::new));
      }
      boolean isCount = leafOf.values().iterator().next().kind == NodeKind.POISSON;
      return isCount ? Variable.count(name) : Variable.real(name);
    }
  }

  private PmmlReader(Source source, XmlText in) {
    this.source = source.name();
    this.in = in;
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    XmlText in = XmlText.open(source);
    PmmlReader reader = new PmmlReader(source, in);
    reader.document();
    return reader.circuit();
  }

  private void document() {
    boolean isFound = false;
    while (in.nextElement(1)) {
      switch (in.name()) {
        case "NaiveBayesModel" -> {
          isFound = true;
          threshold = in.requireNumber("threshold");
          if (!(threshold >= 0 && threshold <= 1)) {
            throw in.fail("threshold " + threshold, "a probability");
          }
        }
        case "BayesInput" -> input();
        case "BayesOutput" -> {
          target = in.require("fieldName");
          for (int depth = in.depth(); in.nextElement(depth); ) {
            if (in.name().equals("TargetValueCount")) {
              counts.put(in.require("value"), count());
            }
          }
        }
        default -> {
          if (in.depth() == 2 && in.name().endsWith("Model")) {
            throw in.fail("a " + in.name(), "a NaiveBayesModel");
          }
        }
      }
    }
    if (!isFound || inputs.isEmpty() || counts.isEmpty()) {
      throw in.fail("no NaiveBayesModel with inputs and an output", "one");
    }
  }

  private double count() {
    double count = in.requireNumber("count");
    if (count < 0) {
      throw in.fail("count " + count, "a number that is not negative");
    }
    return count;
  }

  private void input() {
    Input input =
        new Input(
            in.require("fieldName"), new LinkedHashMap<>(), new LinkedHashMap<>(), in.place());
    String value = "";
    for (int depth = in.depth(); in.nextElement(depth); ) {
      switch (in.name()) {
        case "PairCounts" -> {
          value = in.require("value");
          input.countOf.put(value, new LinkedHashMap<>());
        }
        case "TargetValueCount" ->
            input
                .countOf
                .computeIfAbsent(value, v -> new LinkedHashMap<>())
                .put(in.require("value"), count());
        case "TargetValueStat" -> value = in.require("value");
        case "GaussianDistribution" ->
            input.leafOf.put(
                value, gaussian(in.requireNumber("mean"), in.requireNumber("variance")));
        case "PoissonDistribution" ->
            input.leafOf.put(value, leaf(NodeKind.POISSON, in.requireNumber("mean")));
        case "UniformDistribution" ->
            input.leafOf.put(
                value,
                leaf(NodeKind.UNIFORM, in.requireNumber("lower"), in.requireNumber("upper")));
        case "DerivedField" ->
            throw in.fail("an input that is derived from a field", "the field as it is");
        case "AnyDistribution" ->
            throw in.fail("a " + in.name(), "a Gaussian, Poisson or UniformDistribution");
        default -> {}
      }
    }
    inputs.add(input);
  }

  private Leaf gaussian(double mean, double variance) {
    if (!(variance > 0)) {
      throw in.fail("variance " + variance, "a positive number");
    }
    return new Leaf(NodeKind.GAUSSIAN, mean, Math.sqrt(variance));
  }

  private Leaf leaf(NodeKind kind, double... parameters) {
    Variable assumed = kind == NodeKind.POISSON ? Variable.count("x") : Variable.real("x");
    String problem = CircuitBuilder.leafProblem(kind, assumed, parameters);
    if (problem != null) {
      String[] parts = problem.split("; expected ", 2);
      throw in.fail(parts[0], parts[1]);
    }
    return new Leaf(kind, parameters);
  }

  private NodeTable circuit() {
    List<ModelVariable> variables = new ArrayList<>();
    for (Input input : inputs) {
      variables.add(ModelVariable.of(input.variable()));
    }
    variables.add(
        ModelVariable.of(Variable.categorical(target, counts.keySet().toArray(String[]::new))));
    NodeTable table = new NodeTable(source, "pmml", variables, false);
    double total = counts.values().stream().mapToDouble(Double::doubleValue).sum();
    if (!(total > 0 && total < Double.POSITIVE_INFINITY)) {
      throw ModelException.at(
          source, "whole file", "counts of the classes that sum to " + total, "a positive number");
    }
    List<Integer> terms = new ArrayList<>();
    int k = 0;
    for (String state : counts.keySet()) {
      List<Integer> factors = new ArrayList<>();
      for (int i = 0; i < inputs.size(); i++) {
        factors.add(leaf(table, i, inputs.get(i), state));
      }
      for (int s = 0; s < counts.size(); s++) {
        table.openParameter(s == k ? 0 : Double.NEGATIVE_INFINITY);
      }
      table.close(NodeKind.CATEGORICAL, inputs.size(), table.numNodes());
      table.openChild(table.numNodes() - 1);
      factors.forEach(table::openChild);
      table.close(NodeKind.PRODUCT, -1, table.numNodes());
      terms.add(table.numNodes() - 1);
      k++;
    }
    terms.forEach(table::openChild);
    counts.values().forEach(count -> table.openParameter(count / total));
    table.close(NodeKind.WEIGHTED_SUM, -1, table.numNodes());
    table.root(table.numNodes() - 1);
    return table;
  }

  private int leaf(NodeTable table, int variable, Input input, String state) {
    if (!input.leafOf.isEmpty()) {
      Leaf leaf = input.leafOf.get(state);
      boolean isCount = table.variables().get(variable).variable() instanceof Real r && r.isCount();
      if (leaf == null || isCount != (leaf.kind == NodeKind.POISSON)) {
        throw ModelException.at(
            source,
            input.place,
            "no distribution of '%s' for class '%s', or one of another kind"
                .formatted(input.name, state),
            "one for each class, on counts for all or on reals for all");
      }
      for (double parameter : leaf.parameters) {
        table.openParameter(parameter);
      }
      table.close(leaf.kind, variable, table.numNodes());
      return table.numNodes() - 1;
    }
    double total = 0;
    for (Map<String, Double> countOf : input.countOf.values()) {
      total += countOf.getOrDefault(state, 0.0);
    }
    for (Map<String, Double> countOf : input.countOf.values()) {
      double share = total == 0 ? 0 : countOf.getOrDefault(state, 0.0) / total;
      table.openParameter(Math.log(share == 0 ? threshold : share));
    }
    table.close(NodeKind.CATEGORICAL, variable, table.numNodes());
    return table.numNodes() - 1;
  }
}
