"""OpenAI's own client against the service: whole answers, streams, the list of models, errors."""
import asyncio

import openai
import pytest

from llm.protocol import MAX_MESSAGE
from tests.llm_parts import Scripted, assistant_with, breaking_assistant, quoting_assistant, serving, task_for

QUESTION = {"role": "user", "content": "¿Qué es la seriación?"}


@pytest.fixture(scope="module")
def url():
    reply = task_for(quoting_assistant(), QUESTION["content"]).hits[0].passage.text.replace("**", "")
    with serving(assistant_with(Scripted(reply))) as address:
        yield f"{address}/v1"


@pytest.fixture
def client(url):
    with openai.OpenAI(base_url=url, api_key="ninguna", max_retries=0) as made:
        yield made


def test_a_whole_answer_carries_its_grounding(client):
    reply = client.chat.completions.create(model="cse", messages=[QUESTION])
    assert "seriación" in reply.choices[0].message.content.lower()
    assert reply.choices[0].finish_reason == "stop" and reply.usage.total_tokens > 0
    assert reply.model_extra["grounding"]["kind"] == "generated"


def test_a_stream_gives_the_same_answer_and_its_usage(client):
    whole = client.chat.completions.create(model="cse", messages=[QUESTION])
    stream = client.chat.completions.create(
        model="cse", messages=[QUESTION], stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[-1].usage.total_tokens == whole.usage.total_tokens


def test_the_asynchronous_client_works_too(url):
    async def ask():
        async with openai.AsyncOpenAI(base_url=url, api_key="ninguna", max_retries=0) as client:
            stream = await client.chat.completions.create(model="cse", messages=[QUESTION], stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    assert "seriación" in asyncio.run(ask()).lower()


def test_each_listed_model_can_be_looked_up_and_asked(client):
    names = [model.id for model in client.models.list()]
    assert names == ["scripted", "cse"]
    for name in names:
        assert client.models.retrieve(name).id == name
        assert client.chat.completions.create(model=name, messages=[QUESTION]).model == names[0]


def test_a_model_with_a_slash_in_its_name_can_be_looked_up():
    writer = Scripted("La seriación")
    writer.name = "google/gemma-3-270m"
    with (
        serving(assistant_with(writer)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="ninguna", max_retries=0) as client,
    ):
        assert client.models.retrieve(writer.name).id == writer.name


def test_a_model_that_is_not_listed_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-4o-mini")
    assert caught.value.code == "model_not_found"


def test_a_client_made_for_another_model_is_answered_by_the_one_there_is(client):
    assert client.chat.completions.create(model="gpt-4o-mini", messages=[QUESTION]).model == "scripted"


def test_a_stream_that_breaks_off_is_an_error_and_no_whole_answer():
    with (
        serving(breaking_assistant()) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="ninguna", max_retries=0) as client,
    ):
        stream = client.chat.completions.create(model="cse", messages=[QUESTION], stream=True)
        with pytest.raises(openai.APIError) as caught:
            list(stream)
    assert caught.value.code == "internal_error"


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([], "invalid_value"),
        ([{"role": "user", "content": " "}], "empty_message"),
        ([{"role": "user", "content": "a" * (MAX_MESSAGE + 1)}], "message_too_long"),
    ],
)
def test_an_error_has_a_code_and_a_message_in_spanish(client, messages, code):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="cse", messages=messages)
    assert caught.value.code == code and caught.value.body["message"]
