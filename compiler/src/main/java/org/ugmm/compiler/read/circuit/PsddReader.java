package org.ugmm.compiler.read.circuit;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.compiler.model.Source;
import org.ugmm.compiler.read.json.JsonCursor;
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
  private final Int2IntOpenHashMap nodeOfId = new Int2IntOpenHashMap();
  private final List<Line> lines = new ArrayList<>();
  private int maxVariable;

  /** One node as read: the numbers of variables are not known before the end. */
  private record Line(
      int id, char kind, int variable, double logTrue, int[] nodes, double[] logs) {}

  private int lineNumber;
  private StringTokenizer tokens = new StringTokenizer("");

  private PsddReader(String source) {
    this.source = source;
    nodeOfId.defaultReturnValue(-1);
  }

  public static NodeTable read(Source source) throws IOException {
    PsddReader reader = new PsddReader(source.name());
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                source.open(),
                StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)))) {
      for (String line; (line = in.readLine()) != null; ) {
        reader.line(line);
      }
    } catch (CharacterCodingException e) {
      throw new ModelException(
          "%s: line %d: not a text in UTF-8".formatted(source.name(), reader.lineNumber + 1), e);
    }
    return reader.table();
  }

  private void line(String text) {
    lineNumber++;
    tokens = new StringTokenizer(text);
    if (!tokens.hasMoreTokens()) {
      return;
    }
    String kind = tokens.nextToken();
    switch (kind) {
      case "c" -> {
        return;
      }
      case "psdd" -> {
        if (!lines.isEmpty()) {
          throw fail("a header behind nodes", "it before the first node");
        }
        integer("the number of nodes", 0, Integer.MAX_VALUE);
      }
      case "L" -> literal();
      case "T" -> trueNode();
      case "D" -> decision();
      default ->
          throw fail(
              "found '" + JsonCursor.shorten(kind, 20) + "'",
              "a line that starts with c, psdd, L, T or D");
    }
    if (tokens.hasMoreTokens()) {
      throw fail(
          "found '" + JsonCursor.shorten(tokens.nextToken(), 20) + "' more", "the end of the line");
    }
  }

  private void literal() {
    int id = newId();
    integer("a vtree node", 0, Integer.MAX_VALUE);
    int literal = integer("a literal", -Integer.MAX_VALUE, Integer.MAX_VALUE);
    if (literal == 0) {
      throw fail("literal 0", "the number of a variable, 1, 2, ..., or its negative");
    }
    seeVariable(Math.abs(literal));
    add(new Line(id, 'L', literal, 0, new int[0], new double[0]));
  }

  private void trueNode() {
    int id = newId();
    integer("a vtree node", 0, Integer.MAX_VALUE);
    int variable = integer("a variable", 1, Integer.MAX_VALUE);
    seeVariable(variable);
    double first = logProbability();
    if (!tokens.hasMoreTokens()) {
      add(new Line(id, 'T', variable, first, new int[0], new double[0]));
      return;
    }
    // two logs: of false, then of true; the other way round they would not be told apart
    double logTrue = logProbability();
    if (Math.abs(Math.exp(first) + Math.exp(logTrue) - 1) > COMPLEMENT_SLACK) {
      throw fail(
          "two log-probabilities whose probabilities sum to %s"
              .formatted(Math.exp(first) + Math.exp(logTrue)),
          "those of false and of true, which sum to 1");
    }
    // the smaller probability has lost the fewest digits
    double exact = logTrue <= first ? logTrue : logOfComplement(first);
    add(new Line(id, 'T', variable, exact, new int[0], new double[0]));
  }

  private void decision() {
    int id = newId();
    integer("a vtree node", 0, Integer.MAX_VALUE);
    int count = integer("the number of elements", 1, Integer.MAX_VALUE);
    if (tokens.countTokens() != 3L * count) {
      throw fail(
          "%d numbers for %d elements".formatted(tokens.countTokens(), count),
          "three an element: prime, sub, log-probability");
    }
    int[] nodes = new int[2 * count];
    double[] logs = new double[count];
    for (int i = 0; i < count; i++) {
      nodes[2 * i] = earlier("a prime");
      nodes[2 * i + 1] = earlier("a sub");
      logs[i] = logProbability();
    }
    add(new Line(id, 'D', 0, 0, nodes, logs));
  }

  private void add(Line line) {
    nodeOfId.put(line.id, lines.size());
    lines.add(line);
  }

  private int newId() {
    int id = integer("the id of the node", 0, Integer.MAX_VALUE);
    if (nodeOfId.get(id) >= 0) {
      throw fail("a second node with id " + id, "each id once");
    }
    return id;
  }

  private int earlier(String what) {
    int id = integer(what, 0, Integer.MAX_VALUE);
    int node = nodeOfId.get(id);
    if (node < 0) {
      throw fail("no earlier node with id " + id, what + " that stands on an earlier line");
    }
    return node;
  }

  private void seeVariable(int variable) {
    maxVariable = Math.max(maxVariable, variable);
  }

  private String token(String what) {
    if (!tokens.hasMoreTokens()) {
      throw fail("the line ends", what);
    }
    return tokens.nextToken();
  }

  private int integer(String what, int lo, int hi) {
    String token = token(what);
    try {
      int value = Integer.parseInt(token);
      if (value >= lo && value <= hi) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw fail("found '" + JsonCursor.shorten(token, 20) + "'", what + ", an integer");
    }
    throw fail("found " + token, what + " of at least " + lo);
  }

  private double logProbability() {
    String token = token("a log-probability");
    double value = Double.NaN;
    if (token.equals("-inf") || token.equals("-Infinity")) {
      value = Double.NEGATIVE_INFINITY;
    } else if (token.length() <= 400) {
      try {
        value = Double.parseDouble(token);
      } catch (NumberFormatException e) {
        throw fail("found '" + JsonCursor.shorten(token, 20) + "'", "a natural log-probability");
      }
    }
    if (!(value <= SLACK)) {
      throw fail("found " + JsonCursor.shorten(token, 20), "a natural log-probability, at most 0");
    }
    return Math.min(value, 0);
  }

  private ModelException fail(String found, String expected) {
    return ModelException.at(source, "line " + lineNumber, found, expected);
  }

  private NodeTable table() {
    if (lines.isEmpty()) {
      throw ModelException.at(source, "line " + lineNumber, "the text ends", "at least one node");
    }
    if (maxVariable > lines.size()) {
      throw ModelException.at(
          source,
          "whole file",
          "variable %d with only %d nodes".formatted(maxVariable, lines.size()),
          "variables numbered 1, 2, ..., each with a node");
    }
    List<ModelVariable> variables = new ArrayList<>();
    for (int v = 1; v <= maxVariable; v++) {
      variables.add(ModelVariable.of(Variable.categorical("x" + v, "0", "1")));
    }
    NodeTable table = new NodeTable(source, "psdd", variables, true);
    int[] nodeOfLine = new int[lines.size()];
    for (int i = 0; i < nodeOfLine.length; i++) {
      nodeOfLine[i] = emit(table, lines.get(i), nodeOfLine);
    }
    table.root(nodeOfLine[nodeOfLine.length - 1]);
    return table;
  }

  private static int emit(NodeTable table, Line line, int[] nodeOfLine) {
    if (line.kind == 'D') {
      int first = table.numNodes();
      for (int i = 0; i < line.logs.length; i++) {
        table.openChild(nodeOfLine[line.nodes[2 * i]]);
        table.openChild(nodeOfLine[line.nodes[2 * i + 1]]);
        table.close(NodeKind.PRODUCT, -1, line.id);
      }
      for (int i = 0; i < line.logs.length; i++) {
        table.openChild(first + i);
        table.openParameter(line.logs[i]);
      }
      table.close(NodeKind.WEIGHTED_SUM, -1, line.id);
    } else {
      boolean isLiteral = line.kind == 'L';
      double logTrue =
          isLiteral ? (line.variable > 0 ? 0 : Double.NEGATIVE_INFINITY) : line.logTrue;
      table.openParameter(logOfComplement(logTrue));
      table.openParameter(logTrue);
      table.close(NodeKind.CATEGORICAL, Math.abs(line.variable) - 1, line.id);
    }
    return table.numNodes() - 1;
  }

  /** log(1 - exp(a)) without cancellation, for a <= 0. */
  private static double logOfComplement(double a) {
    return a > -0.6931471805599453 ? Math.log(-Math.expm1(a)) : Math.log1p(-Math.exp(a));
  }
}
