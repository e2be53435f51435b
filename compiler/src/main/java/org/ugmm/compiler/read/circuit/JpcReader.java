package org.ugmm.compiler.read.circuit;

import java.io.IOException;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;

/**
 * Reads the text circuits of ProbabilisticCircuits.jl (Juice), {@code .jpc}. Variable number i,
 * from 1 on, becomes {@code xi}.
 */
public final class JpcReader {
  private static final int MAX_TRIALS = 4_095;

  private final Lines in;
  private final Draft draft;
  private final NodeNumbers nodeOfId = new NodeNumbers();

  private JpcReader(Source source, Lines in) {
    this.in = in;
    draft = new Draft(source.name(), "jpc", true);
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    Lines in = new Lines(source);
    JpcReader reader = new JpcReader(source, in);
    while (in.next()) {
      reader.line(in.word("a node"));
      in.end();
    }
    if (reader.draft.numNodes() == 0) {
      throw in.fail("the text ends", "at least one node");
    }
    return reader.draft.build(reader.draft.numNodes() - 1, v -> "x" + v);
  }

  private void line(String kind) {
    if (kind.equals("jpc")) {
      if (draft.numNodes() > 0) {
        throw in.fail("a header behind nodes", "it before the first node");
      }
      in.integer("the number of nodes", 0, Integer.MAX_VALUE);
      return;
    }
    if (kind.length() > 1 || "LICBGPS".indexOf(kind.charAt(0)) < 0) {
      throw in.fail(
          "found '" + ModelException.shorten(kind) + "'",
          "a line that starts with c, jpc, L, I, C, B, G, P or S");
    }
    int id = in.integer("the id of the node", 0, Integer.MAX_VALUE);
    if (nodeOfId.get(id) >= 0) {
      throw in.fail("a second node with id " + id, "each id once");
    }
    in.integer("a vtree node", Integer.MIN_VALUE, Integer.MAX_VALUE);
    int node =
        switch (kind.charAt(0)) {
          case 'L' -> literal();
          case 'P' -> draft.product(children(1));
          case 'S' -> sum();
          default -> leaf(kind.charAt(0));
        };
    nodeOfId.put(id, node);
  }

  private String place() {
    return "line " + in.number();
  }

  private int literal() {
    int literal = in.integer("a literal", -Integer.MAX_VALUE, Integer.MAX_VALUE);
    if (literal == 0) {
      throw in.fail("literal 0", "the number of a variable, 1, 2, ..., or its negative");
    }
    draft.declare(Math.abs(literal), 2, place());
    return draft.indicator(Math.abs(literal), literal > 0 ? 1 : 0, place());
  }

  private int leaf(char kind) {
    int variable = in.integer("a variable", 1, Integer.MAX_VALUE);
    switch (kind) {
      case 'I' -> {
        int value = in.integer("a value", 0, 1_000_000);
        draft.declare(variable, 1, place());
        return draft.indicator(variable, value, place());
      }
      case 'C' -> {
        double[] logs = new double[in.numLeft()];
        if (logs.length == 0) {
          throw in.fail("no log-probability", "one for each state");
        }
        for (int s = 0; s < logs.length; s++) {
          logs[s] = in.log("a log-probability");
        }
        return draft.discrete(variable, 0, logs, place());
      }
      case 'B' -> {
        int trials = in.integer("the number of trials", 0, MAX_TRIALS);
        double logSuccess = in.log("the log-probability of a success");
        if (logSuccess > 0) {
          throw in.fail("log-probability " + logSuccess, "at most 0");
        }
        return draft.binomial(variable, trials, logSuccess, place());
      }
      default -> {
        double mean = in.number("a mean");
        double scale = in.number("a standard deviation");
        if (!(scale > 0)) {
          throw in.fail("standard deviation " + scale, "a positive number");
        }
        return draft.gaussian(variable, mean, scale, place());
      }
    }
  }

  private int[] children(int wordsAChild) {
    int count = in.integer("the number of children", 1, Integer.MAX_VALUE);
    if (in.numLeft() != (long) wordsAChild * count) {
      throw in.fail(
          "%d words for %d children".formatted(in.numLeft(), count), wordsAChild + " a child");
    }
    int[] children = new int[count];
    if (wordsAChild == 1) {
      for (int i = 0; i < count; i++) {
        children[i] = earlier();
      }
    }
    return children;
  }

  private int sum() {
    int[] children = children(2);
    double[] logs = new double[children.length];
    for (int i = 0; i < logs.length; i++) {
      children[i] = earlier();
      logs[i] = in.log("a log-weight");
    }
    return draft.sum(children, logs);
  }

  private int earlier() {
    int id = in.integer("a child", 0, Integer.MAX_VALUE);
    int node = nodeOfId.get(id);
    if (node < 0) {
      throw in.fail("no earlier node with id " + id, "a child that stands on an earlier line");
    }
    return node;
  }
}
