package org.ugmm.tool.request;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.formula.Formula;
import org.ugmm.tool.answer.Answer;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.answer.QueryJson;
import org.ugmm.tool.answer.Question;
import org.ugmm.tool.answer.RowQuestion;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Words;

/**
 * A query that a JSON document asks for.
 *
 * @param questions what is asked; several where the posteriors of several variables are
 * @param rows what is known: one for a query, one a row for a batch
 * @param options how it may be answered
 */
public record QueryRequest(List<Question> questions, List<Row> rows, InferenceOptions options) {
  private static final String QUERIES =
      "log-density, marginal, posterior, joint, mpe, map, k-best, probability or sample";

  /**
   * What is known of one row.
   *
   * @param error why it cannot be read, null where it can; nothing is known then
   */
  public record Row(Given given, @Nullable RuntimeException error) {
    private Row where(String formula) {
      return new Row(given.where(formula), error);
    }
  }

  /**
   * Reads one query: the fields {@code query}, {@code variables}, {@code count}, {@code formula},
   * {@code given}, {@code where} and the options {@code allow}, {@code tolerance}, {@code budget},
   * {@code seed}.
   *
   * @param isBatch whether {@code rows}, a list, stands for {@code given}
   * @param defaults the options that the document does not name
   * @throws RequestException if it is not JSON or not these fields
   * @throws InputException if a value is none of its variable; of a batch that is said of the row
   * @throws ArgumentException if there is no such variable; of a batch that is said of the row
   */
  public static QueryRequest read(
      byte[] text, Compilation model, boolean isBatch, InferenceOptions defaults, Limits limits) {
    return RequestReader.read(text, json -> new Reader(json, model, isBatch, defaults, limits));
  }

  /** Answers about one of the rows with the document that {@code query --json} prints. */
  public void answer(Compilation model, Inference inference, Given given, OutputStream out)
      throws IOException {
    List<Answer> answers = new ArrayList<>(questions.size());
    for (Question question : questions) {
      answers.add(question.ask(inference, given.evidence()));
    }
    new QueryJson(model, given, options.seed(), out).print(questions.get(0), answers);
  }

  private static final class Reader extends RequestReader<QueryRequest> {
    private final boolean isBatch;
    private @Nullable String query;
    private int @Nullable [] variables;
    private @Nullable Integer count;
    private @Nullable String formula;
    private @Nullable String where;
    private @Nullable List<Row> rows;

    Reader(
        JsonParser json,
        Compilation model,
        boolean isBatch,
        InferenceOptions defaults,
        Limits limits) {
      super(json, model, defaults, limits);
      this.isBatch = isBatch;
    }

    @Override
    String fields() {
      return "query, variables, count, formula, %s, where".formatted(isBatch ? "rows" : "given");
    }

    @Override
    String needed() {
      return "query";
    }

    @Override
    boolean field(String field) throws IOException {
      switch (field) {
        case "query" -> query = text(field);
        case "formula" -> formula = text(field);
        case "where" -> where = text(field);
        case "variables" -> variables = variables();
        case "count" -> count = (int) integer(field, 0, limits.values());
        default -> {
          if (!field.equals(isBatch ? "rows" : "given")) {
            return false;
          }
          rows = isBatch ? rows() : List.of(new Row(GivenJson.read(json, model), null));
        }
      }
      return true;
    }

    @Override
    QueryRequest request(InferenceOptions options) {
      List<Row> given = rows;
      if (given == null) {
        if (isBatch) {
          throw RequestException.unexpected("/rows", "missing; expected a list of evidence");
        }
        given = List.of(new Row(Given.nothing(circuit), null));
      }
      String holds = where;
      if (holds != null) {
        given = given.stream().map(row -> row.where(holds)).toList();
      }
      return new QueryRequest(questions(given), given, options);
    }

    private List<Row> rows() throws IOException {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw RequestException.unexpected("/rows", "expected a list of evidence");
      }
      List<Row> read = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (read.size() == limits.rows()) {
          throw RequestException.unexpected(
              "/rows", "more than %d rows; send them in several batches".formatted(limits.rows()));
        }
        read.add(row());
      }
      return read;
    }

    /** A row that cannot be read is skipped and says why. */
    private Row row() throws IOException {
      int depth = json.getParsingContext().getNestingDepth();
      boolean isStructure = json.currentToken().isStructStart();
      try {
        return new Row(GivenJson.read(json, model), null);
      } catch (InputException | ArgumentException | RequestException e) {
        while (isStructure && json.getParsingContext().getNestingDepth() >= depth) {
          if (json.nextToken() == null) {
            break;
          }
        }
        return new Row(Given.nothing(circuit), e);
      }
    }

    /** One name or a list of names. */
    private int[] variables() throws IOException {
      if (json.currentToken() == JsonToken.VALUE_STRING) {
        return new int[] {circuit.indexOf(json.getText())};
      }
      List<Integer> found = new ArrayList<>();
      if (json.currentToken() == JsonToken.START_ARRAY) {
        while (json.nextToken() == JsonToken.VALUE_STRING) {
          int variable = circuit.indexOf(json.getText());
          if (!found.contains(variable)) {
            found.add(variable);
          }
        }
      }
      if (json.currentToken() != JsonToken.END_ARRAY || found.isEmpty()) {
        throw RequestException.unexpected(
            "/variables", "expected names of variables, at least one");
      }
      return found.stream().mapToInt(v -> v).toArray();
    }

    private List<Question> questions(List<Row> given) {
      String asked = query;
      if (asked == null) {
        throw RequestException.unexpected("/query", "missing; expected " + QUERIES);
      }
      boolean isCounted = asked.equals("k-best") || asked.equals("sample");
      boolean isOfVariables =
          asked.equals("posterior") || asked.equals("joint") || asked.equals("map");
      if (count != null && !isCounted) {
        throw RequestException.unexpected("/count", "is for k-best and sample only");
      }
      if ((formula != null) != asked.equals("probability")) {
        throw RequestException.unexpected(
            "/formula",
            formula == null ? "missing; expected a formula" : "is for probability only");
      }
      if (variables != null && !isOfVariables) {
        throw RequestException.unexpected("/variables", "is for posterior, joint and map only");
      }
      return switch (asked) {
        case "log-density" -> List.of(new RowQuestion.Log(true));
        case "marginal" -> List.of(new RowQuestion.Log(false));
        case "mpe" -> List.of(new RowQuestion.Mpe(circuit.numVariables()));
        case "posterior" -> posteriors(given);
        case "probability" -> {
          String text = Objects.requireNonNull(formula);
          yield List.of(
              new RowQuestion.ProbabilityOf(Formula.parse(text, circuit.variables()), text));
        }
        case "joint" -> List.of(new Question.Joint(required(variables)));
        case "map" -> List.of(new Question.MapOf(required(variables)));
        case "k-best" -> List.of(new Question.KBest(count(1, limits.values())));
        case "sample" ->
            List.of(
                new Question.Sample(
                    count(0, limits.values() / Math.max(1, circuit.numVariables()))));
        default ->
            throw RequestException.unexpected(
                "/query", "'%s'; expected %s".formatted(Words.shorten(asked), QUERIES));
      };
    }

    private static int[] required(int @Nullable [] named) {
      if (named == null) {
        throw RequestException.unexpected("/variables", "missing; expected names of variables");
      }
      return named;
    }

    private int count(int least, int most) {
      if (count == null || count < least || count > most) {
        throw RequestException.unexpected(
            "/count",
            "%s; expected an integer from %d to %d"
                .formatted(count == null ? "missing" : count.toString(), least, most));
      }
      return count;
    }

    /** The posterior of each variable named, else of each that no evidence fixes. */
    private List<Question> posteriors(List<Row> given) {
      List<Question> questions = new ArrayList<>();
      if (variables != null) {
        for (int variable : variables) {
          questions.add(Question.posterior(circuit, variable, false));
        }
        return questions;
      }
      if (isBatch) {
        throw RequestException.unexpected("/variables", "missing; a batch names its variables");
      }
      for (int v = 0; v < circuit.numVariables(); v++) {
        if (!given.get(0).given().evidence().isPoint(v)) {
          questions.add(Question.posterior(circuit, v, false));
        }
      }
      if (questions.isEmpty()) {
        throw RequestException.unexpected(
            "/given", "every variable has a value; expected one without, whose posterior is asked");
      }
      return questions;
    }
  }
}
