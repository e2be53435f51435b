package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;

/**
 * Reads the {@code .spn} text of Juice and older tools: the numbers of states in parentheses, then
 * one node a line, the last one the root, then {@code EOF}. Variable number i, from 0 on, becomes
 * {@code xi}.
 */
public final class SpnReader {
  private final Lines in;
  private final Draft draft;
  private int[] numStates = {};

  private SpnReader(Source source, Lines in) {
    this.in = in;
    draft = new Draft(source.name(), "spn", true);
  }

  /** Reads the document. */
  public static NodeTable read(Source source) throws IOException {
    Lines in = new Lines(source);
    SpnReader reader = new SpnReader(source, in);
    reader.document();
    return reader.draft.build(reader.draft.numNodes() - 1, v -> "x" + v);
  }

  private void document() throws IOException {
    if (!in.next()) {
      throw in.fail("the text ends", "the numbers of states in parentheses");
    }
    domains();
    boolean atEnd = false;
    while (!atEnd && in.next()) {
      String kind = in.word("a node");
      switch (kind) {
        case "v" -> indicator();
        case "*" -> draft.product(children(null));
        case "+" -> {
          DoubleArrayList logs = new DoubleArrayList();
          draft.sum(children(logs), logs.toDoubleArray());
        }
        case "EOF" -> atEnd = true;
        default ->
            throw in.fail(
                "found '" + ModelException.shorten(kind) + "'",
                "a line that starts with v, *, + or EOF");
      }
      in.end();
    }
    if (draft.numNodes() == 0) {
      throw in.fail("the text ends", "at least one node");
    }
  }

  private void domains() {
    StringBuilder text = new StringBuilder();
    while (in.hasMore()) {
      text.append(in.word("a number of states")).append(' ');
    }
    String inside = text.toString().strip();
    if (!inside.startsWith("(") || !inside.endsWith(")")) {
      throw in.fail(
          "found '" + ModelException.shorten(inside) + "'", "the numbers of states in parentheses");
    }
    String[] words = inside.substring(1, inside.length() - 1).strip().split("\\s+");
    numStates = new int[words.length];
    for (int v = 0; v < words.length; v++) {
      try {
        numStates[v] = Integer.parseInt(words[v]);
      } catch (NumberFormatException e) {
        numStates[v] = 0;
      }
      if (numStates[v] < 1 || numStates[v] > 4_096) {
        throw in.fail(
            "'%s' states of variable %d".formatted(ModelException.shorten(words[v]), v),
            "1 .. 4096");
      }
      draft.declare(v, numStates[v], "line " + in.number());
    }
  }

  private void indicator() {
    int variable = in.integer("a variable", 0, numStates.length - 1);
    int state = in.integer("a state", 0, numStates[variable] - 1);
    draft.indicator(variable, state, "line " + in.number());
  }

  private int[] children(@Nullable DoubleArrayList logs) {
    IntArrayList children = new IntArrayList();
    do {
      children.add(in.integer("an earlier node", 0, draft.numNodes() - 1));
      if (logs != null) {
        logs.add(in.log("a log-weight"));
      }
    } while (in.hasMore());
    return children.toIntArray();
  }
}
