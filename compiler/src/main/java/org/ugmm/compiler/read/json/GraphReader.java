package org.ugmm.compiler.read.json;

import com.fasterxml.jackson.core.JsonToken;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Reads {@code ugmm-graph/1}: any circuit, node by node, children first. */
public final class GraphReader {
  public static final String FORMAT = "ugmm-graph/1";
  private static final List<String> FIELDS = List.of("format", "variables", "nodes", "root");
  private static final List<String> KINDS =
      List.of(
          "gaussian",
          "categorical",
          "product",
          "sum",
          "link",
          "histogram",
          "poisson",
          "uniform",
          "exponential",
          "gamma",
          "logNormal",
          "gaussianBlock");
  private static final List<String> BLOCK = List.of("variables", "mean", "covariance");
  private static final List<String> HISTOGRAM = List.of("variable", "breaks", "masses");
  private static final List<String> RATE = List.of("variable", "rate");
  private static final List<String> UNIFORM = List.of("variable", "lo", "hi");
  private static final List<String> GAMMA = List.of("variable", "shape", "rate");
  private static final List<String> GAUSSIAN = List.of("variable", "mean", "scale");
  private static final List<String> CATEGORICAL = List.of("variable", "probabilities");
  private static final List<String> PRODUCT = List.of("children");
  private static final List<String> SUM = List.of("children", "weights");
  private static final List<String> LINK = List.of("child", "mean", "scale");

  private final JsonCursor in;
  private final NodeTable table;
  private final Map<String, Integer> indexOf = new TreeMap<>();
  private final JsonCursor.Seen seenOuter = new JsonCursor.Seen();
  private final JsonCursor.Seen seen = new JsonCursor.Seen();

  private GraphReader(JsonCursor in, NodeTable table) {
    this.in = in;
    this.table = table;
    for (int v = 0; v < table.variables().size(); v++) {
      indexOf.put(table.variables().get(v).name(), v);
    }
  }

  /**
   * Reads the document.
   *
   * @param variables its variables, read before, since they may stand behind the nodes
   */
  public static NodeTable read(Source source, List<ModelVariable> variables) throws IOException {
    try (JsonCursor in = JsonCursor.open(source)) {
      NodeTable table = new NodeTable(source.name(), FORMAT, variables, false);
      new GraphReader(in, table).document();
      return table;
    }
  }

  private void document() throws IOException {
    in.next();
    in.expectObject("a circuit");
    JsonCursor.Seen fields = new JsonCursor.Seen();
    int root = -1;
    String rootPlace = "";
    for (int field; (field = in.nextField(FIELDS, fields)) >= 0; ) {
      switch (field) {
        case 0 -> in.string("the format");
        case 1 -> VariablesReader.variables(in);
        case 2 -> nodes();
        case 3 -> {
          root = in.integer("the root", 0, Integer.MAX_VALUE);
          rootPlace = in.place();
        }
        default -> throw new AssertionError(field);
      }
    }
    for (int field = 0; field < FIELDS.size(); field++) {
      fields.require(field, in, FIELDS);
    }
    in.expectEnd();
    if (root >= table.numNodes()) {
      throw ModelException.at(
          table.source(), rootPlace, "root " + root, "a node, 0 .. " + (table.numNodes() - 1));
    }
    table.root(root);
  }

  private void nodes() throws IOException {
    in.expectArray("nodes");
    while (in.nextElement()) {
      node();
    }
    if (table.numNodes() == 0) {
      throw in.fail("no node", "at least one");
    }
  }

  private void node() throws IOException {
    in.expectObject("a node");
    seenOuter.clear();
    int kind = in.nextField(KINDS, seenOuter);
    if (kind < 0) {
      throw in.fail("an empty object", "one field, the kind of the node");
    }
    in.expectObject("a node");
    seen.clear();
    switch (kind) {
      case 0 -> gaussian();
      case 1 -> categorical();
      case 2 -> product();
      case 3 -> sum();
      case 4 -> link();
      case 5 -> histogram();
      case 6 -> family(NodeKind.POISSON, RATE);
      case 7 -> family(NodeKind.UNIFORM, UNIFORM);
      case 8 -> family(NodeKind.EXPONENTIAL, RATE);
      case 9 -> family(NodeKind.GAMMA, GAMMA);
      case 10 -> family(NodeKind.LOG_NORMAL, GAUSSIAN);
      case 11 -> block();
      default -> throw new AssertionError(kind);
    }
    if (in.next() != JsonToken.END_OBJECT) {
      throw in.fail("a second field", "the end of the node");
    }
  }

  private void gaussian() throws IOException {
    int variable = -1;
    double mean = 0;
    double scale = 1;
    for (int field; (field = in.nextField(GAUSSIAN, seen)) >= 0; ) {
      switch (field) {
        case 0 -> variable = variable();
        case 1 -> mean = in.number("the mean");
        case 2 -> scale = VariablesReader.scale(in);
        default -> throw new AssertionError(field);
      }
    }
    requireAll(GAUSSIAN);
    table.openParameter(mean);
    table.openParameter(scale);
    close(NodeKind.GAUSSIAN, variable);
  }

  /** A leaf whose fields are its variable and then one number each. */
  private void family(NodeKind kind, List<String> fields) throws IOException {
    int variable = -1;
    double[] parameters = new double[fields.size() - 1];
    for (int field; (field = in.nextField(fields, seen)) >= 0; ) {
      if (field == 0) {
        variable = variable();
      } else {
        parameters[field - 1] = in.number("the " + fields.get(field));
      }
    }
    requireAll(fields);
    leaf(kind, variable, parameters);
  }

  private void histogram() throws IOException {
    int variable = -1;
    double[] breaks = {};
    double[] masses = {};
    for (int field; (field = in.nextField(HISTOGRAM, seen)) >= 0; ) {
      switch (field) {
        case 0 -> variable = variable();
        case 1 -> breaks = in.numbers("the breaks");
        default -> masses = in.numbers("the masses");
      }
    }
    requireAll(HISTOGRAM);
    if (breaks.length != masses.length + 1) {
      throw in.fail(
          "%d breaks and %d masses".formatted(breaks.length, masses.length),
          "one break more than masses");
    }
    double[] parameters = Arrays.copyOf(breaks, breaks.length + masses.length);
    System.arraycopy(masses, 0, parameters, breaks.length, masses.length);
    leaf(NodeKind.HISTOGRAM, variable, parameters);
  }

  private void leaf(NodeKind kind, int variable, double[] parameters) throws IOException {
    Variable declared = table.variables().get(variable).variable();
    String problem = CircuitBuilder.leafProblem(kind, declared, parameters);
    if (problem != null) {
      String[] parts = problem.split("; expected ", 2);
      throw in.fail(parts[0], parts[1]);
    }
    for (double parameter : parameters) {
      table.openParameter(parameter);
    }
    close(kind, variable);
  }

  private void block() throws IOException {
    IntArrayList variables = new IntArrayList();
    double[] mean = {};
    double[][] covariance = {};
    for (int field; (field = in.nextField(BLOCK, seen)) >= 0; ) {
      switch (field) {
        case 0 -> {
          in.expectArray("the names of variables");
          while (in.nextElement()) {
            variables.add(variable());
          }
        }
        case 1 -> mean = in.numbers("the means");
        default -> covariance = in.matrix("the covariance");
      }
    }
    requireAll(BLOCK);
    List<Variable> all = table.variables().stream().map(ModelVariable::variable).toList();
    int[] indices = variables.toIntArray();
    String problem = CircuitBuilder.blockProblem(all, indices, mean, covariance);
    if (problem != null) {
      String[] parts = problem.split("; expected ", 2);
      throw in.fail("a Gaussian over several variables with " + parts[0], parts[1]);
    }
    for (double parameter : CircuitBuilder.blockParameters(indices, mean, covariance)) {
      table.openParameter(parameter);
    }
    close(NodeKind.GAUSSIAN_BLOCK, -1);
  }

  private void categorical() throws IOException {
    int variable = -1;
    for (int field; (field = in.nextField(CATEGORICAL, seen)) >= 0; ) {
      if (field == 0) {
        variable = variable();
      } else {
        in.expectArray("probabilities");
        while (in.nextElement()) {
          table.openParameter(Math.log(nonNegative("a probability")));
        }
      }
    }
    requireAll(CATEGORICAL);
    ModelVariable declared = table.variables().get(variable);
    if (!(declared.variable() instanceof Categorical categorical)) {
      throw in.fail(
          "a categorical node on '" + declared.name() + "', which is real",
          "a categorical variable");
    }
    if (table.openParameters() != categorical.numStates()) {
      throw in.fail(
          table.openParameters() + " probabilities",
          "%d, one for each state of '%s'".formatted(categorical.numStates(), declared.name()));
    }
    close(NodeKind.CATEGORICAL, variable);
  }

  private void product() throws IOException {
    while (in.nextField(PRODUCT, seen) >= 0) {
      children();
    }
    requireAll(PRODUCT);
    requireChildren();
    close(NodeKind.PRODUCT, -1);
  }

  private void sum() throws IOException {
    for (int field; (field = in.nextField(SUM, seen)) >= 0; ) {
      if (field == 0) {
        children();
      } else {
        in.expectArray("weights");
        while (in.nextElement()) {
          table.openParameter(nonNegative("a weight"));
        }
      }
    }
    requireAll(SUM);
    requireChildren();
    if (table.openChildren() != table.openParameters()) {
      throw in.fail(
          "%d weights for %d children".formatted(table.openParameters(), table.openChildren()),
          "one weight a child");
    }
    close(NodeKind.WEIGHTED_SUM, -1);
  }

  private void link() throws IOException {
    double mean = 0;
    double scale = 1;
    for (int field; (field = in.nextField(LINK, seen)) >= 0; ) {
      switch (field) {
        case 0 -> table.openChild(in.integer("an earlier node", 0, table.numNodes() - 1));
        case 1 -> mean = in.number("the mean");
        case 2 -> scale = VariablesReader.scale(in);
        default -> throw new AssertionError(field);
      }
    }
    requireAll(LINK);
    table.openParameter(mean);
    table.openParameter(scale);
    close(NodeKind.GAUSSIAN_LINK, -1);
  }

  private void close(NodeKind kind, int variable) {
    table.close(kind, variable, table.numNodes());
  }

  private void children() throws IOException {
    in.integers("an earlier node", 0, table.numNodes() - 1, table::openChild);
  }

  private void requireChildren() {
    if (table.openChildren() == 0) {
      throw in.fail("no child", "at least one");
    }
  }

  private double nonNegative(String what) throws IOException {
    double value = in.number(what);
    if (value < 0) {
      throw in.fail("found " + value, what + ", not negative");
    }
    return value;
  }

  private int variable() throws IOException {
    String name = in.string("the name of a variable");
    Integer index = indexOf.get(name);
    if (index == null) {
      throw in.fail(
          "no variable '" + JsonCursor.shorten(name, 60) + "'", "one that 'variables' declares");
    }
    return index;
  }

  private void requireAll(List<String> fields) {
    for (int field = 0; field < fields.size(); field++) {
      seen.require(field, in, fields);
    }
  }
}
