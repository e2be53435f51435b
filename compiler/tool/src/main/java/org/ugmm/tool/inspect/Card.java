package org.ugmm.tool.inspect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.PrintStream;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;

/** The card of a learned model, as {@code inspect} shows it. It is as untrusted as its file. */
public final class Card {
  private static final JsonFactory JSON = new JsonFactory();

  private Card() {}

  /** Prints the single values of a card; its tables are for programs. */
  public static void print(String card, PrintStream out) throws IOException {
    TextTable text = new TextTable("", "");
    try (JsonParser json = JSON.createParser(card)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        text.row("card", "is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = Words.shorten(json.currentName());
        if (json.nextToken().isScalarValue()) {
          text.row(name, Words.shorten(json.getText()));
        } else if (name.equals("accuracyInterval")) {
          json.nextToken();
          String lo = json.getText();
          json.nextToken();
          text.row(name, "%s to %s".formatted(Words.shorten(lo), Words.shorten(json.getText())));
          json.nextToken();
        } else {
          json.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      text.row("card", "cannot be read as JSON");
    }
    text.print(out);
  }

  /** Writes a card as the field {@code card}: its JSON, or its text where that is none. */
  public static void write(String card, JsonGenerator out) throws IOException {
    out.writeFieldName("card");
    if (!isJson(card)) {
      out.writeString(card);
      return;
    }
    try (JsonParser json = JSON.createParser(card)) {
      json.nextToken();
      out.copyCurrentStructure(json);
    }
  }

  private static boolean isJson(String card) throws IOException {
    try (JsonParser json = JSON.createParser(card)) {
      if (json.nextToken() == null) {
        return false;
      }
      json.skipChildren();
      return json.nextToken() == null;
    } catch (JsonProcessingException e) {
      return false;
    }
  }
}
