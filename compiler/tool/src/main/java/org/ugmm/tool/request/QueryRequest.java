package org.ugmm.tool.request;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.formula.Formula;
import org.ugmm.tool.answer.Answer;
import org.ugmm.tool.answer.ExplanationText;
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
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER).build();

  private static final String QUERIES =
      "log-density, marginal, posterior, joint, mpe, map, k-best, probability or sample";

  /**
   * How much one request may ask for.
   *
   * @param rows rows of a batch
   * @param values numbers of drawn rows, and assignments of the k best
   * @param boxes most work that a search may be given
   */
  public record Limits(int rows, int values, long boxes) {}

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
    try (JsonParser json = JSON.createParser(text)) {
      Reader reader = new Reader(json, model, isBatch, defaults, limits);
      QueryRequest request = reader.read();
      if (json.nextToken() != null) {
        throw RequestException.malformed("there is more after the document", place(json));
      }
      return request;
    } catch (JsonProcessingException e) {
      String where =
          e.getLocation() == null
              ? "body"
              : "line %d, column %d"
                  .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
      throw RequestException.malformed(
          "the body is not JSON: " + Words.shorten(e.getOriginalMessage()), where);
    } catch (IOException e) {
      throw RequestException.malformed("the body is not UTF-8 text", "body");
    }
  }

  /**
   * The variable of the one posterior that is asked for.
   *
   * @throws RequestException if something else is asked for, or several
   */
  public int target() {
    if (questions.size() != 1 || !(questions.get(0) instanceof RowQuestion.PosteriorOf posterior)) {
      throw RequestException.unexpected("/variables", "expected a posterior of one variable");
    }
    return posterior.variable();
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

  /**
   * Explains the {@link #target} with the document that {@code explain --json} prints.
   *
   * @throws RequestException if there is no target
   */
  public void explain(Compilation model, Inference inference, OutputStream out) throws IOException {
    Given given = rows.get(0).given();
    ExplanationText.of(model, inference, given, target(), -1).writeJson(out);
  }

  private static String place(JsonParser json) {
    return "line %d, column %d"
        .formatted(json.currentLocation().getLineNr(), json.currentLocation().getColumnNr());
  }

  /** The fields as they come, in any order. */
  private static final class Reader {
    private final JsonParser json;
    private final Compilation model;
    private final Circuit circuit;
    private final boolean isBatch;
    private final Limits limits;
    private InferenceOptions options;
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
      this.json = json;
      this.model = model;
      this.isBatch = isBatch;
      this.limits = limits;
      circuit = model.circuit();
      options = defaults;
    }

    QueryRequest read() throws IOException {
      if (json.nextToken() == null) {
        throw RequestException.malformed("the body is empty; expected a JSON object", "body");
      }
      if (!json.isExpectedStartObjectToken()) {
        throw RequestException.unexpected("", "expected a JSON object with the field 'query'");
      }
      Set<String> seen = new HashSet<>();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        if (!seen.add(field)) {
          throw RequestException.unexpected("/" + Words.shorten(field), "the field comes twice");
        }
        json.nextToken();
        field(field);
      }
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

    private void field(String field) throws IOException {
      switch (field) {
        case "query" -> query = text(field);
        case "formula" -> formula = text(field);
        case "where" -> where = text(field);
        case "variables" -> variables = variables();
        case "count" -> count = (int) integer(field, 0, limits.values());
        case "allow" -> options = options.allowing(kinds());
        case "tolerance" -> options = options.withTolerance(tolerance());
        case "budget" ->
            options =
                options.withBudget(options.budget().withBoxes(integer(field, 0, limits.boxes())));
        case "seed" -> options = options.withSeed(integer(field, Long.MIN_VALUE, Long.MAX_VALUE));
        default -> {
          if (field.equals(isBatch ? "rows" : "given")) {
            rows = isBatch ? rows() : List.of(new Row(GivenJson.read(json, model), null));
          } else {
            throw RequestException.unexpected(
                "/" + Words.shorten(field),
                "no such field; expected query, variables, count, formula, %s, where, allow,"
                        .formatted(isBatch ? "rows" : "given")
                    + " tolerance, budget or seed");
          }
        }
      }
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

    private String text(String field) throws IOException {
      if (json.currentToken() != JsonToken.VALUE_STRING) {
        throw RequestException.unexpected("/" + field, "expected a text");
      }
      return json.getText();
    }

    private long integer(String field, long least, long most) throws IOException {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
          || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || json.getLongValue() < least
          || json.getLongValue() > most) {
        throw RequestException.unexpected(
            "/" + field, "expected an integer from %d to %d".formatted(least, most));
      }
      return json.getLongValue();
    }

    private double tolerance() throws IOException {
      if (!json.currentToken().isNumeric()
          || !(json.getDoubleValue() >= 0 && json.getDoubleValue() < 1)) {
        throw RequestException.unexpected(
            "/tolerance", "expected a number of at least 0 and below 1");
      }
      return json.getDoubleValue();
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

    private Certificate.Kind[] kinds() throws IOException {
      Set<Certificate.Kind> kinds = EnumSet.of(Certificate.Kind.EXACT);
      if (json.currentToken() == JsonToken.START_ARRAY) {
        while (json.nextToken() == JsonToken.VALUE_STRING) {
          String name = json.getText().toUpperCase(Locale.ROOT);
          boolean isKind = false;
          for (Certificate.Kind kind : Certificate.Kind.values()) {
            if (kind.name().equals(name)) {
              isKind = kinds.add(kind) || kind == Certificate.Kind.EXACT;
            }
          }
          if (!isKind) {
            break;
          }
        }
      }
      if (json.currentToken() != JsonToken.END_ARRAY) {
        throw RequestException.unexpected(
            "/allow", "expected a list of exact, enclosed and estimated, each once");
      }
      return kinds.toArray(new Certificate.Kind[0]);
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
          yield List.of(new Question.ProbabilityOf(Formula.parse(text, circuit.variables()), text));
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
