package org.ugmm.tool.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.tool.draw.Svg;
import org.ugmm.tool.out.Words;

/**
 * The card of a model as HTML. It is as untrusted as its file: all of it is escaped and bounded.
 */
final class CardHtml {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int ROWS_SHOWN = 60;
  private static final int CHARACTERS_SHOWN = 200;

  private final StringBuilder single = new StringBuilder();
  private final StringBuilder tables = new StringBuilder();

  private CardHtml() {}

  /** A table of the single values, then one of each list. */
  static String of(String card) {
    CardHtml html = new CardHtml();
    try (JsonParser json = JSON.createParser(card)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return "<p>The card is no JSON object.</p>";
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        html.field(json);
      }
    } catch (JsonProcessingException e) {
      return "<p>The card cannot be read as JSON.</p>";
    } catch (IOException e) {
      return "<p>The card cannot be read.</p>";
    }
    return "<table class=\"values\"><tbody>" + html.single + "</tbody></table>" + html.tables;
  }

  private void field(JsonParser json) throws IOException {
    String name = escaped(json.currentName());
    JsonToken token = json.nextToken();
    if (token.isScalarValue()) {
      single(name, scalar(json));
    } else if (token == JsonToken.START_OBJECT) {
      single(name, words(object(json)));
    } else {
      List<String> plain = new ArrayList<>();
      List<Map<String, String>> objects = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() == JsonToken.START_OBJECT) {
          objects.add(object(json));
        } else {
          plain.add(scalar(json));
        }
      }
      if (objects.isEmpty()) {
        single(name, String.join(", ", plain.subList(0, Math.min(plain.size(), ROWS_SHOWN))));
      } else {
        table(name, objects);
      }
    }
  }

  private void single(String name, String value) {
    single.append("<tr><th scope=\"row\">").append(name).append("</th><td>");
    single.append(value).append("</td></tr>");
  }

  private void table(String name, List<Map<String, String>> rows) {
    List<String> columns = List.copyOf(rows.get(0).keySet());
    tables.append("<h3>").append(name).append("</h3><div class=\"scroll\"><table><thead><tr>");
    columns.forEach(c -> tables.append("<th scope=\"col\">").append(c).append("</th>"));
    tables.append("</tr></thead><tbody>");
    for (Map<String, String> row : rows.subList(0, Math.min(rows.size(), ROWS_SHOWN))) {
      tables.append("<tr>");
      columns.forEach(c -> tables.append("<td>").append(row.getOrDefault(c, "")).append("</td>"));
      tables.append("</tr>");
    }
    tables.append("</tbody></table></div>");
    if (rows.size() > ROWS_SHOWN) {
      tables.append("<p class=\"muted\">and ").append(rows.size() - ROWS_SHOWN).append(" more</p>");
    }
  }

  /** Fields of an object; what is nested deeper is left out. */
  private static Map<String, String> object(JsonParser json) throws IOException {
    Map<String, String> fields = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = escaped(json.currentName());
      json.nextToken();
      fields.put(name, scalar(json));
    }
    return fields;
  }

  private static String words(Map<String, String> fields) {
    List<String> words = new ArrayList<>();
    fields.forEach((name, value) -> words.add(name + " " + value));
    return String.join(", ", words);
  }

  private static String scalar(JsonParser json) throws IOException {
    if (json.currentToken().isStructStart()) {
      json.skipChildren();
      return "...";
    }
    return json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
        ? Words.rounded(json.getDoubleValue())
        : escaped(json.getText());
  }

  private static String escaped(String text) {
    return Svg.escape(
        text.length() <= CHARACTERS_SHOWN ? text : text.substring(0, CHARACTERS_SHOWN) + "...");
  }
}
