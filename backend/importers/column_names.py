"""What other files call our fields."""

_WORDS = {
    "problem_id": (
        "problem_id task_id question_id problem_idx example_id doc_id instance_id unique_id item_id "
        "prompt_id qid uid idx id index @key problem task"
    ),
    "correct": (
        "correct is_correct passed is_passed pass correctness graded graded_list success solved "
        "symbolic_correct acc accuracy exact_match score scores grade reward rewards label verdict "
        "result results labels @value"
    ),
    "completion": (
        "completion completions response responses output outputs generation generations "
        "generated_text model_output output_list model_response solution solutions samples rollouts "
        "code_list code prediction text content messages conversation"
    ),
    "answer": (
        "parsed_answer extracted_answer predicted_answer final_answer model_answer pred preds prediction extracted"
    ),
    "reference_answer": "reference_answer gold_answer ground_truth expected_answer gold gt target reference answer",
    "question": "question problem problem_statement prompt query instruction input messages",
    "model": "model model_name model_id",
    "sample_index": (
        "sample_index sample_idx sample_id generation_index rollout_index rollout attempt trial epoch idx_answer repeat"
    ),
    "benchmark": "benchmark dataset dataset_name data_source",
    "seed": "seed",
    "level": "level difficulty",
    "topic": "topic subject category",
    "finish_reason": "finish_reason finish_reasons stop_reason",
    "token_count": "token_count num_generated_tokens output_tokens completion_tokens num_tokens",
    "temperature": "temperature",
    "n": "n num_samples n_samples total num_total n_total num_generations samples_total trials attempts draws",
    "c": "c num_correct n_correct correct_count num_passed n_passed passed_count num_solved successes correct passed",
}
NAMES = {field: words.split() for field, words in _WORDS.items()}
"""What files call our fields, the likeliest name first."""

KNOWN = frozenset(word for words in NAMES.values() for word in words)
_OF_A_PROBLEM = (
    "problem_id task_id question_id problem_idx example_id doc_id instance_id prompt_id qid "
    "question problem problem_statement prompt query instruction"
)
NAMES_A_PROBLEM = frozenset(_OF_A_PROBLEM.split())
"""Columns that can mean nothing but a problem, where an `id` may also be a sample's."""
