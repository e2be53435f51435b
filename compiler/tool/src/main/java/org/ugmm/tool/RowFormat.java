package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate;
import org.ugmm.tool.RowQuery.Column;

/** How rows of answers are written. Immutable and shared between threads. */
sealed interface RowFormat {
  String CERTIFICATE = "certificate";
  String BOUND = "relativeErrorBound";

  /** What comes before the rows. */
  String head();

  /** The rows of a batch; each begins with the separator that parts it from the row before. */
  String rows(Scores scores);

  /** Length of the separator, which the first row of all goes without. */
  int separatorLength();

  /** What comes after the rows. */
  String foot(boolean isEmpty);

  /** CSV with a header row; an empty cell where there is no answer. */
  record Csv(List<Column> columns, boolean hasBounds) implements RowFormat {
    @Override
    public String head() {
      StringWriter text = new StringWriter();
      writer(text)
          .writeRecord(
              Stream.concat(
                      columns.stream().map(Column::name),
                      hasBounds ? Stream.of(CERTIFICATE, BOUND) : Stream.of(CERTIFICATE))
                  .toList());
      return text.toString();
    }

    private static CsvWriter writer(StringWriter text) {
      return CsvWriter.builder().bufferSize(0).lineDelimiter(LineDelimiter.LF).build(text);
    }

    @Override
    public String rows(Scores scores) {
      StringWriter text = new StringWriter(scores.numRows * (columns.size() * 20 + 8));
      CsvWriter csv = writer(text);
      String[] cells = new String[columns.size() + (hasBounds ? 2 : 1)];
      for (int r = 0; r < scores.numRows; r++) {
        for (int i = 0; i < columns.size(); i++) {
          cells[i] = cell(scores.cells[r * columns.size() + i], columns.get(i).states());
        }
        cells[columns.size()] = certificate(scores.certificates[r]);
        if (hasBounds) {
          cells[columns.size() + 1] = cell(scores.bounds[r], List.of());
        }
        csv.writeRecord(cells);
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
    public int separatorLength() {
      return 0;
    }

    @Override
    public String foot(boolean isEmpty) {
      return "";
    }
  }

  /** A JSON array of objects with the columns as fields; null where there is no answer. */
  record Json(List<Column> columns, boolean hasBounds) implements RowFormat {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final String SEPARATOR = ",\n";

    @Override
    public String head() {
      return "[\n";
    }

    @Override
    public String rows(Scores scores) {
      StringWriter text = new StringWriter(scores.numRows * (columns.size() * 32 + 32));
      try (JsonGenerator json = FACTORY.createGenerator(text)) {
        json.setRootValueSeparator(new com.fasterxml.jackson.core.io.SerializedString(""));
        for (int r = 0; r < scores.numRows; r++) {
          json.writeRaw(SEPARATOR);
          json.writeStartObject();
          for (int i = 0; i < columns.size(); i++) {
            json.writeFieldName(columns.get(i).name());
            cell(json, scores.cells[r * columns.size() + i], columns.get(i).states());
          }
          json.writeStringField(CERTIFICATE, certificate(scores.certificates[r]));
          if (hasBounds) {
            json.writeFieldName(BOUND);
            cell(json, scores.bounds[r], List.of());
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
    public int separatorLength() {
      return SEPARATOR.length();
    }

    @Override
    public String foot(boolean isEmpty) {
      return isEmpty ? "]\n" : "\n]\n";
    }
  }

  private static String certificate(@Nullable Certificate certificate) {
    return certificate == null ? "EXACT" : Words.cell(certificate);
  }
}
