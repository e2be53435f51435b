package org.ugmm.tool.answer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How rows of answers are written. Immutable and shared between threads; a batch of rows is one
 * text.
 */
public sealed interface AnswerSink {
  /**
   * The columns of a table of answers.
   *
   * @param kept indices of the columns of the data that come first
   * @param keptNames their names
   * @param answers columns of the answers
   * @param hasBounds whether there is a column of error bounds
   */
  record Layout(
      List<Integer> kept, List<String> keptNames, List<Column> answers, boolean hasBounds) {
    private static final String CERTIFICATE = "certificate";
    private static final String BOUND = "relativeErrorBound";
    private static final String NOTE = "note";

    private List<String> names() {
      List<String> names = new ArrayList<>(keptNames);
      answers.forEach(column -> names.add(column.name()));
      names.add(CERTIFICATE);
      if (hasBounds) {
        names.add(BOUND);
      }
      names.add(NOTE);
      return names;
    }

    private static String kept(CsvRecord record, int column) {
      return column < record.getFieldCount() ? record.getField(column) : "";
    }
  }

  /** What comes before the rows. */
  String head();

  /** The rows of a batch; {@code isFirst} if none came before. */
  String rows(AnswerTable answers, boolean isFirst);

  /** What comes after the rows. */
  String foot(boolean isEmpty);

  /** CSV with a header row; an empty cell where there is no answer. */
  record Csv(Layout layout) implements AnswerSink {
    @Override
    public String head() {
      StringWriter text = new StringWriter();
      writer(text).writeRecord(layout.names());
      return text.toString();
    }

    private static CsvWriter writer(StringWriter text) {
      return CsvWriter.builder().bufferSize(0).lineDelimiter(LineDelimiter.LF).build(text);
    }

    @Override
    public String rows(AnswerTable answers, boolean isFirst) {
      int numColumns = layout.answers.size();
      StringWriter text = new StringWriter(answers.numRows() * (numColumns * 20 + 8));
      CsvWriter csv = writer(text);
      String[] cells = new String[layout.names().size()];
      for (int r = 0; r < answers.numRows(); r++) {
        int at = 0;
        for (int column : layout.kept) {
          cells[at++] = Layout.kept(answers.rows().records().get(r), column);
        }
        for (int i = 0; i < numColumns; i++) {
          cells[at++] = cell(answers.cells[r * numColumns + i], layout.answers.get(i).states());
        }
        cells[at++] = answers.status(r).name();
        if (layout.hasBounds) {
          cells[at++] = answers.isRefused(r) ? "" : cell(answers.bounds[r], List.of());
        }
        String note = answers.note(r);
        cells[at] = note == null ? "" : note;
        csv.writeRecord(Arrays.asList(cells));
      }
      return text.toString();
    }

    private static String cell(double value, List<String> states) {
      if (Double.isNaN(value)) {
        return "";
      }
      return states.isEmpty() ? Double.toString(value) : states.get((int) value);
    }

    @Override
    public String foot(boolean isEmpty) {
      return "";
    }
  }

  /**
   * A JSON array of objects with the columns as fields, null where there is no answer; what is kept
   * of the data is an object {@code row}.
   */
  record Json(Layout layout) implements AnswerSink {
    private static final JsonFactory FACTORY = new JsonFactory();

    @Override
    public String head() {
      return "[\n";
    }

    @Override
    public String rows(AnswerTable answers, boolean isFirst) {
      int numColumns = layout.answers.size();
      StringWriter text = new StringWriter(answers.numRows() * (numColumns * 32 + 32));
      try (JsonGenerator json = FACTORY.createGenerator(text)) {
        json.setRootValueSeparator(new SerializedString(""));
        for (int r = 0; r < answers.numRows(); r++) {
          json.writeRaw(isFirst && r == 0 ? "" : ",\n");
          json.writeStartObject();
          if (!layout.kept.isEmpty()) {
            json.writeObjectFieldStart("row");
            for (int k = 0; k < layout.kept.size(); k++) {
              json.writeStringField(
                  layout.keptNames.get(k),
                  Layout.kept(answers.rows().records().get(r), layout.kept.get(k)));
            }
            json.writeEndObject();
          }
          for (int i = 0; i < numColumns; i++) {
            json.writeFieldName(layout.answers.get(i).name());
            cell(json, answers.cells[r * numColumns + i], layout.answers.get(i).states());
          }
          json.writeStringField(Layout.CERTIFICATE, answers.status(r).name());
          if (layout.hasBounds) {
            json.writeFieldName(Layout.BOUND);
            cell(json, answers.isRefused(r) ? Double.NaN : answers.bounds[r], List.of());
          }
          if (answers.note(r) != null) {
            json.writeStringField(Layout.NOTE, answers.note(r));
          }
          json.writeEndObject();
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return text.toString();
    }

    private static void cell(JsonGenerator json, double value, List<String> states)
        throws IOException {
      if (Double.isNaN(value)) {
        json.writeNull();
      } else if (states.isEmpty()) {
        json.writeNumber(value);
      } else {
        json.writeString(states.get((int) value));
      }
    }

    @Override
    public String foot(boolean isEmpty) {
      return isEmpty ? "]\n" : "\n]\n";
    }
  }
}
