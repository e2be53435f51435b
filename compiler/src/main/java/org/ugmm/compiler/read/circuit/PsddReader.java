package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/**
 * Reads probabilistic sentential decision diagrams (Kisa, Van den Broeck, Choi, Darwiche, KR 2014)
 * in the text form of the PSDD tools. Variable number i becomes the categorical variable {@code xi}
 * with the states "0" and "1".
 */
public final class PsddReader {
  /** A log-probability may exceed 0 by this much through rounding in whoever wrote the file. */
  private static final double SLACK = 1e-6;

  /** Two logs of one node are printed to some six digits. */
  private static final double COMPLEMENT_SLACK = 1e-4;

  private final String source;
  private final Lines in;
  private final NodeTable table;
  private final NodeNumbers nodeOfId = new NodeNumbers();
  private final DoubleArrayList logs = new DoubleArrayList();
  private int maxVariable;

  private PsddReader(Source source) throws IOException {
    this.source = source.name();
    in = new Lines(source);
    table = new NodeTable(this.source, "psdd", List.of(), true);
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    return new PsddReader(source).document();
  }

  private NodeTable document() {
    while (in.next()) {
      line(in.word("a line"));
      in.end();
    }
    if (table.numNodes() == 0) {
      throw in.fail("the text ends", "at least one node");
    }
    if (maxVariable > nodeOfId.size()) {
      throw ModelException.at(
          source,
          "whole file",
          "variable %d with only %d nodes".formatted(maxVariable, nodeOfId.size()),
          "variables numbered 1, 2, ..., each with a node");
    }
    List<ModelVariable> variables = new ArrayList<>();
    for (int v = 1; v <= maxVariable; v++) {
      variables.add(ModelVariable.of(Variable.categorical("x" + v, "0", "1")));
    }
    table.variables(variables);
    table.root(table.numNodes() - 1);
    return table;
  }

  private void line(String kind) {
    switch (kind) {
      case "psdd" -> {
        if (table.numNodes() > 0) {
          throw in.fail("a header behind nodes", "it before the first node");
        }
        in.integer("the number of nodes", 0, Integer.MAX_VALUE);
      }
      case "L" -> literal();
      case "T" -> trueNode();
      case "D" -> decision();
      default ->
          throw in.fail(
              "found '" + ModelException.shorten(kind) + "'",
              "a line that starts with c, psdd, L, T or D");
    }
  }

  private void literal() {
    int id = newId();
    in.integer("a vtree node", 0, Integer.MAX_VALUE);
    int literal = in.integer("a literal", -Integer.MAX_VALUE, Integer.MAX_VALUE);
    if (literal == 0) {
      throw in.fail("literal 0", "the number of a variable, 1, 2, ..., or its negative");
    }
    leaf(id, Math.abs(literal), literal > 0 ? 0 : Double.NEGATIVE_INFINITY);
  }

  private void trueNode() {
    int id = newId();
    in.integer("a vtree node", 0, Integer.MAX_VALUE);
    int variable = in.integer("a variable", 1, Integer.MAX_VALUE);
    double first = logProbability();
    if (!in.hasMore()) {
      leaf(id, variable, first);
      return;
    }
    // two logs: of false, then of true; the other way round they would not be told apart
    double logTrue = logProbability();
    if (Math.abs(Math.exp(first) + Math.exp(logTrue) - 1) > COMPLEMENT_SLACK) {
      throw in.fail(
          "two log-probabilities whose probabilities sum to %s"
              .formatted(Math.exp(first) + Math.exp(logTrue)),
          "those of false and of true, which sum to 1");
    }
    // the smaller probability has lost the fewest digits
    leaf(id, variable, logTrue <= first ? logTrue : Logs.complement(first));
  }

  private void leaf(int id, int variable, double logTrue) {
    maxVariable = Math.max(maxVariable, variable);
    table.openParameter(Logs.complement(logTrue));
    table.openParameter(logTrue);
    close(NodeKind.CATEGORICAL, variable - 1, id);
  }

  /** A sum of products of a prime with a sub. */
  private void decision() {
    int id = newId();
    in.integer("a vtree node", 0, Integer.MAX_VALUE);
    int count = in.integer("the number of elements", 1, Integer.MAX_VALUE);
    if (in.numLeft() != 3L * count) {
      throw in.fail(
          "%d numbers for %d elements".formatted(in.numLeft(), count),
          "three an element: prime, sub, log-probability");
    }
    int first = table.numNodes();
    logs.clear();
    for (int i = 0; i < count; i++) {
      table.openChild(earlier("a prime"));
      table.openChild(earlier("a sub"));
      table.close(NodeKind.PRODUCT, -1, id);
      logs.add(logProbability());
    }
    for (int i = 0; i < count; i++) {
      table.openChild(first + i);
      table.openParameter(logs.getDouble(i));
    }
    close(NodeKind.WEIGHTED_SUM, -1, id);
  }

  private void close(NodeKind kind, int variable, int id) {
    table.close(kind, variable, id);
    nodeOfId.put(id, table.numNodes() - 1);
  }

  private int newId() {
    int id = in.integer("the id of the node", 0, Integer.MAX_VALUE);
    if (nodeOfId.get(id) >= 0) {
      throw in.fail("a second node with id " + id, "each id once");
    }
    return id;
  }

  private int earlier(String what) {
    int id = in.integer(what, 0, Integer.MAX_VALUE);
    int node = nodeOfId.get(id);
    if (node < 0) {
      throw in.fail("no earlier node with id " + id, what + " that stands on an earlier line");
    }
    return node;
  }

  private double logProbability() {
    double log = in.log("a natural log-probability, at most 0");
    if (log > SLACK) {
      throw in.fail("found " + log, "a natural log-probability, at most 0");
    }
    return Math.min(log, 0);
  }
}
